import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { foreignKeyUseStatement, keyUseStatement } from './keys';
import { ANY_REGION, clusterArnOf, lookStatement, snapshotArnOf } from './operation-policies';
import { VaultNames } from './vault-names';
import { OwnershipTag } from '../core/ownership';

/** What the functions of a vault need. */
export interface VaultNeeds {
  readonly names: VaultNames;
  readonly encryptionKey: kms.IKey;
  readonly sources: readonly { readonly accountId: string; readonly regions: readonly string[] }[];
  readonly copies: readonly { readonly region: string; readonly encryptionKey?: kms.IKey }[];
}

const { OWNER, VAULT, VAULT_REGION, RELEASED_UNTIL } = OwnershipTag;

/** The right to look at the copies and at what is shared with the account: of which account a shared snapshot is for IAM, its ARN says. */
export function vaultLookStatements(stack: Stack, needs: VaultNeeds): iam.PolicyStatement[] {
  return [lookAtSnapshots([...snapshotsAndClusters(stack), ...sharedSnapshotsOf(stack, needs)])];
}

/** The rights to copy what sources share, and to copy such a copy once more. */
export function vaultStartStatements(stack: Stack, needs: VaultNeeds): iam.PolicyStatement[] {
  const { names, copies, encryptionKey } = needs;
  const regions = [stack.region, ...copies.map(({ region }) => region)];
  const home = snapshotArnOf(stack, `${names.owner}-*`, stack.region);
  return [
    ...vaultLookStatements(stack, needs),
    new iam.PolicyStatement({
      actions: ['rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication'],
      resources: [...sharedSnapshotsOf(stack, needs), ...(copies.length > 0 ? [home] : [])],
    }),
    // What is made bears our tag from the beginning; RDS asks for the right to tag, too.
    new iam.PolicyStatement({
      actions: ['rds:CopyDBClusterSnapshot', 'rds:AddTagsToResource'],
      resources: regions.map((region) => snapshotArnOf(stack, `${names.owner}-*`, region)),
      conditions: { StringEquals: { [`aws:RequestTag/${OWNER}`]: names.owner, [`aws:RequestTag/${VAULT}`]: names.vaultName } },
    }),
    keyUseStatement(stack, encryptionKey, stack.region),
    ...copies.flatMap((copy) => (copy.encryptionKey ? [keyUseStatement(stack, copy.encryptionKey, copy.region)] : [])),
    ...placesOf(needs).map((place) => foreignKeyUseStatement(stack, place, stack.region)),
  ];
}

/** The right to delete what the vault made, in any Region, and to look, also whether it is being exported. It cannot tag, so it makes nothing its own. */
export function vaultPruneStatements(stack: Stack, { names }: VaultNeeds): iam.PolicyStatement[] {
  return [lookStatement(stack), toOwnCopies(stack, names, {}, 'rds:DeleteDBClusterSnapshot')];
}

/** The right to share copies, wherever they are, to say on them until when, and to look. */
export function vaultReleaseStatements(stack: Stack, { names }: VaultNeeds): iam.PolicyStatement[] {
  const onlyThatTag = { 'ForAllValues:StringEquals': { 'aws:TagKeys': RELEASED_UNTIL }, 'Null': { 'aws:TagKeys': 'false' } };
  return [
    lookAtSnapshots(snapshotsAndClusters(stack)),
    toOwnCopies(stack, names, {}, 'rds:DescribeDBClusterSnapshotAttributes', 'rds:ModifyDBClusterSnapshotAttribute'),
    toOwnCopies(stack, names, onlyThatTag, 'rds:AddTagsToResource'),
  ];
}

function lookAtSnapshots(resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['rds:DescribeDBClusterSnapshots'], resources });
}

/** RDS grants lists only on all of a kind at once. */
function snapshotsAndClusters(stack: Stack): string[] {
  return [snapshotArnOf(stack, '*', ANY_REGION), clusterArnOf(stack, '*', ANY_REGION)];
}

function sharedSnapshotsOf(stack: Stack, needs: VaultNeeds): string[] {
  return placesOf(needs).map((place) => stack.formatArn({ service: 'rds', ...place, resource: 'cluster-snapshot:*', arnFormat: ArnFormat.NO_RESOURCE_NAME }));
}

function placesOf({ sources }: VaultNeeds): { readonly account: string; readonly region: string }[] {
  return sources.flatMap(({ accountId: account, regions }) => regions.map((region) => ({ account, region })));
}

/** In any Region: copies outlive the rules that they were made for. */
function toOwnCopies(stack: Stack, names: VaultNames, conditions: Record<string, object>, ...actions: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions,
    resources: [snapshotArnOf(stack, `${names.owner}-*`, ANY_REGION)],
    conditions: {
      StringEquals: {
        [`aws:ResourceTag/${OWNER}`]: names.owner,
        [`aws:ResourceTag/${VAULT}`]: names.vaultName,
        [`aws:ResourceTag/${VAULT_REGION}`]: stack.region,
      },
      ...conditions,
    },
  });
}
