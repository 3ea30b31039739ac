import {
  LIBRARY_FINDINGS, NagFindings, PLAN_FINDINGS, PLAN_FUNCTION_FINDINGS, PLAN_REMOVAL_FINDINGS, RESTORE_FINDINGS, VAULT_FINDINGS,
} from '../nag-findings';

/** What the guide calls the places, and what is found below them. */
const PLACES: ReadonlyArray<readonly [string, readonly NagFindings[]]> = [
  ['`<stack>/AuroraBackupOperations`: snapshots, copies, shares, exports', LIBRARY_FINDINGS],
  ['`<stack>/AuroraBackupPlans`: the functions of all plans of a stack', PLAN_FUNCTION_FINDINGS],
  ['`<stack>/AuroraBackupPlans`, with `removalPolicy: DESTROY`', PLAN_REMOVAL_FINDINGS],
  ['Each `AuroraBackupPlan`', PLAN_FINDINGS],
  ['Each `SnapshotVault`', VAULT_FINDINGS],
  ['`<stack>/AuroraBackupRestores`: restored clusters, guards, restore points', RESTORE_FINDINGS],
];

/** What cdk-nag finds in every stack that uses the library, as the guide shows it. */
export function nagTables(): string {
  return PLACES.map(([place, findings]) => [
    `### ${place}`,
    '',
    '| Finding | Below it | Why it stays |',
    '| --- | --- | --- |',
    ...findings.map(({ rule, at, reason }) => `| \`${rule.replace('AwsSolutions-', '')}\` | ${at.map((path) => `\`${path}\``).join(', ')} | ${reason} |`),
  ].join('\n')).join('\n\n');
}
