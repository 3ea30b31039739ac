import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { sharedKeyStatements } from './key-sharing';
import { VaultNames } from './vault-names';

export interface VaultKeyNeeds {
  readonly names: VaultNames;
  readonly recoveryAccounts: readonly string[];
  /** Where the copies are that are encrypted with it. */
  readonly region: string;
  /** Where recovery accounts may copy to. */
  readonly destinationRegions: readonly string[];
  readonly restrictToRds?: boolean;
}

/** What ends every copy under the key. Changing its policy is not among it: deployments have to. */
const ENDS = ['kms:DeleteImportedKeyMaterial', 'kms:DisableKey', 'kms:ScheduleKeyDeletion'];

/** What the policy of a key of a vault has to say. */
export function vaultKeyStatements(stack: Stack, { names, recoveryAccounts, region, ...sharing }: VaultKeyNeeds): iam.PolicyStatement[] {
  return [
    ...sharedKeyStatements({ accounts: recoveryAccounts, snapshotRegion: region, ...sharing }),
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ENDS,
      resources: ['*'],
      conditions: { ArnLike: { 'aws:PrincipalArn': [deploymentRoles(stack), ...names.roleArns()] } },
    }),
  ];
}

/** Those that the CDK gives to CloudFormation, whatever the qualifier of the bootstrap stack. */
function deploymentRoles(stack: Stack): string {
  return stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: '*-cfn-exec-role-*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
}
