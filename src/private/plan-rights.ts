import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { letExportUse, passToExports } from './export-rights';
import { keyUseStatement, unknownKeyUseStatement } from './keys';
import { ANY_REGION, clusterArnOf, clusterResources, lookStatement, snapshotArnOf } from './operation-policies';
import { OwnershipTag } from '../core/ownership';
import { ANY_VAULT_TAG_KEY } from '../core/vault/receipt';

/** What the functions of a stack need for one plan. */
export interface PlanNeeds {
  readonly owner: string;
  readonly planName: string;
  /** What policies name the declared clusters by. */
  readonly clusters: readonly string[];
  readonly clusterTags?: Readonly<Record<string, string>>;
  readonly copies: readonly CopyNeeds[];
  readonly shares: boolean;
  /** Whether it has vaults, whose answers are written onto the snapshots. */
  readonly hasVaults: boolean;
  /** What copies for vaults are encrypted with. */
  readonly sharingKey?: kms.IKey;
  readonly exports: readonly ExportNeeds[];
  /** The keys of clusters that were told. */
  readonly clusterKeys: readonly kms.IKey[];
  /** Whether the key of some cluster is unknown. */
  readonly hasUnknownKeys: boolean;
}

export interface CopyNeeds {
  readonly region: string;
  readonly encryptionKey?: kms.IKey;
}

export interface ExportNeeds {
  /** The ARN, or the pattern of ARNs, of the role that RDS is given. */
  readonly passedRole: string;
  readonly encryptionKey: kms.IKey;
}

const { OWNER, PLAN, PLAN_REGION } = OwnershipTag;

/** The right to look at clusters, their snapshots and exports. RDS grants lists only on all of a kind at once. */
export function planLookStatements(stack: Stack): iam.PolicyStatement[] {
  return [lookStatement(stack), new iam.PolicyStatement({ actions: ['rds:DescribeDBClusters'], resources: [clusterArnOf(stack, '*')] })];
}

/**
 * The rights to start what the plans of a stack declare. Plans share their statements, so that another plan adds a few names to them:
 * the policies of a role have 10,240 characters.
 */
export function planStartStatements(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  return [
    ...planLookStatements(stack),
    ...clustersToTakeFrom(stack, plans),
    ...making(stack, 'rds:CreateDBClusterSnapshot', plans.map(({ owner }) => ({ owner, region: stack.region }))),
    ...copying(stack, plans.filter(({ copies, sharingKey }) => copies.length > 0 || sharingKey)),
    ...toOwnSnapshots(stack, stack.region, plans.filter(({ shares }) => shares),
      'rds:DescribeDBClusterSnapshotAttributes', 'rds:ModifyDBClusterSnapshotAttribute'),
    ...writingAnswers(stack, plans.filter(({ hasVaults }) => hasVaults)),
    ...exporting(stack, plans.filter((plan) => plan.exports.length > 0)),
  ];
}

/**
 * The right to delete what the plans of a stack made, and to look. It names no declared Region, because copies stay when their rule goes; and it
 * cannot tag, so it makes nothing its own.
 */
export function planPruneStatements(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  return [lookStatement(stack), ...toOwnSnapshots(stack, ANY_REGION, plans, 'rds:DeleteDBClusterSnapshot')];
}

function clustersToTakeFrom(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  const actions = ['rds:CreateDBClusterSnapshot'];
  const arns = new Set(plans.flatMap(({ clusters }) => clusters).map((name) => clusterArnOf(stack, name)));
  return [
    ...(arns.size > 0 ? [new iam.PolicyStatement({ actions, resources: clusterResources(stack, arns) })] : []),
    ...plans.flatMap(({ clusterTags }) => (clusterTags ? [new iam.PolicyStatement({
      actions,
      resources: [clusterArnOf(stack, '*')],
      conditions: { StringEquals: Object.fromEntries(Object.entries(clusterTags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])) },
    })] : [])),
  ];
}

/** New things bear our tag from the beginning; RDS asks for the right to tag, too. */
function making(stack: Stack, action: string, things: readonly { readonly owner: string; readonly region: string }[]): iam.PolicyStatement[] {
  return things.length === 0 ? [] : [new iam.PolicyStatement({
    actions: [action, 'rds:AddTagsToResource'],
    resources: distinct(things.map(({ owner, region }) => snapshotArnOf(stack, `${owner}-*`, region))),
    conditions: { StringEquals: { [`aws:RequestTag/${OWNER}`]: distinct(things.map(({ owner }) => owner)) } },
  })];
}

/** What may be done to the snapshots of plans. An identifier tells its plan, so naming several plans in one statement allows nothing more. */
function toOwnSnapshots(stack: Stack, region: string, plans: readonly PlanNeeds[], ...actions: string[]): iam.PolicyStatement[] {
  const owners = distinct(plans.map(({ owner }) => owner));
  return owners.length === 0 ? [] : [new iam.PolicyStatement({
    actions,
    resources: owners.map((owner) => snapshotArnOf(stack, `${owner}-*`, region)),
    conditions: {
      StringEquals: {
        [`aws:ResourceTag/${OWNER}`]: owners,
        [`aws:ResourceTag/${PLAN}`]: distinct(plans.map(({ planName }) => planName)),
        [`aws:ResourceTag/${PLAN_REGION}`]: stack.region,
      },
    },
  })];
}

/** Nothing but the tags that say how far vaults are: none that a snapshot is known by. */
function writingAnswers(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  const statements = toOwnSnapshots(stack, stack.region, plans, 'rds:AddTagsToResource');
  statements.forEach((statement) => statement.addConditions({
    'ForAllValues:StringLike': { 'aws:TagKeys': ANY_VAULT_TAG_KEY },
    // Of no key at all, everything is true.
    'Null': { 'aws:TagKeys': 'false' },
  }));
  return statements;
}

function copying(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  return plans.length === 0 ? [] : [
    new iam.PolicyStatement({ actions: ['rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication'], resources: atHome(stack, plans) }),
    ...making(stack, 'rds:CopyDBClusterSnapshot', plans.flatMap((plan) => destinationsOf(stack, plan).map(({ region }) => ({ owner: plan.owner, region })))),
    ...plans.flatMap((plan) => destinationsOf(stack, plan))
      .flatMap(({ encryptionKey, region }) => (encryptionKey ? [keyUseStatement(stack, encryptionKey, region)] : [])),
    ...plans.flatMap(({ clusterKeys }) => clusterKeys.map((key) => keyUseStatement(stack, key, stack.region))),
    ...unknownKeys(stack, plans),
  ];
}

/** Where a plan copies to: into other Regions, and for vaults at home. */
function destinationsOf(stack: Stack, { copies, sharingKey }: PlanNeeds): readonly CopyNeeds[] {
  return sharingKey ? [...copies, { region: stack.region, encryptionKey: sharingKey }] : copies;
}

function exporting(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  return plans.length === 0 ? [] : [
    new iam.PolicyStatement({ actions: ['rds:StartExportTask'], resources: atHome(stack, plans) }),
    ...plans.flatMap((plan) => plan.exports).flatMap(({ passedRole, encryptionKey }) => [
      passToExports(passedRole),
      ...letExportUse(stack, encryptionKey, stack.region),
    ]),
    ...plans.flatMap(({ clusterKeys }) => clusterKeys.flatMap((key) => letExportUse(stack, key, stack.region))),
    ...unknownKeys(stack, plans),
  ];
}

/** Where the key of some cluster was not told: any key of the account, through RDS. */
function unknownKeys(stack: Stack, plans: readonly PlanNeeds[]): iam.PolicyStatement[] {
  return plans.some(({ hasUnknownKeys }) => hasUnknownKeys) ? [unknownKeyUseStatement(stack, stack.account, stack.region)] : [];
}

function atHome(stack: Stack, plans: readonly PlanNeeds[]): string[] {
  return distinct(plans.map(({ owner }) => snapshotArnOf(stack, `${owner}-*`, stack.region)));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
