import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { Example, EXAMPLE_NAMES, loadExample } from './support/examples';
import { AuroraBackupPlan, SnapshotExportRole, SnapshotVault } from 'cdk-aurora-backup';

/** The table of the guide: what a permissions boundary has to allow. */
const BOUNDARY = readFileSync(join(__dirname, '..', '..', 'docs', 'guides', 'locked-down-accounts.md'), 'utf8')
  .split('## Permissions boundaries')[1].split('\n## ')[0];

interface Policy {
  readonly PolicyDocument: { readonly Statement: ReadonlyArray<{ readonly Action: string | string[] }> };
}

const HELPERS = ['AuroraBackupOperations', 'AuroraBackupPlans', 'AuroraBackupRestores'];

function isOfLibrary(construct: IConstruct): boolean {
  return construct.node.scopes.some((scope) => HELPERS.includes(scope.node.id)
    || scope instanceof AuroraBackupPlan || scope instanceof SnapshotVault || scope instanceof SnapshotExportRole);
}

/** The actions that the policies of the library's roles in an app have. */
function actionsIn({ app, stacks }: Example): string[] {
  app.synth();
  return stacks.flatMap((stack) => stack.node.findAll()
    .filter((construct): construct is CfnRole | CfnPolicy => construct instanceof CfnRole || construct instanceof CfnPolicy)
    .filter(isOfLibrary)
    .flatMap((construct): Policy[] => {
      const resources: Record<string, { Properties: Policy & { Policies?: Policy[] } }> = stack.resolve(construct._toCloudFormation()).Resources;
      const [{ Properties }] = Object.values(resources);
      return construct instanceof CfnRole ? Properties.Policies ?? [] : [Properties];
    })
    .flatMap(({ PolicyDocument: { Statement } }) => Statement.flatMap(({ Action }) => Action)));
}

const ACTIONS = [...new Set(EXAMPLE_NAMES.flatMap((name) => actionsIn(loadExample(name))))].sort();

test('the roles of the examples have rights', () => {
  expect(ACTIONS).toEqual(expect.arrayContaining(['rds:CreateDBClusterSnapshot', 'rds:StartExportTask', 'states:StartExecution', 's3:PutObject*']));
});

test('a permissions boundary made from the guide takes nothing from the roles of the library', () => {
  expect(ACTIONS.filter((action) => !BOUNDARY.includes(`\`${action}\``))).toEqual([]);
});
