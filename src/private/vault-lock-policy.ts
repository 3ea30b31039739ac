import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ANY_REGION, snapshotArnOf } from './operation-policies';
import { VaultActor, VaultNames } from './vault-names';
import { RECEIPT_DETAIL_TYPE } from '../core/vault/receipt';
import { RELEASE_DETAIL_TYPE } from '../core/vault/release';

export interface LockedVault {
  readonly names: VaultNames;
  /** The ARNs of the keys of its copies, in all Regions. */
  readonly keyArns: readonly string[];
}

/** Service control policies have 5,120 characters at most, white space not counted. */
export const MAX_LOCK_POLICY_CHARACTERS = 5_120;

/**
 * What may be done to the parts of a vault besides looking: running the machines. Everything else is denied, also what AWS invents tomorrow.
 */
const HARMLESS = [
  'iam:Get*', 'iam:List*',
  'lambda:Get*', 'lambda:List*', 'lambda:InvokeFunction',
  'states:Describe*', 'states:Get*', 'states:List*', 'states:StartExecution',
  'events:Describe*', 'events:List*', 'events:PutEvents',
  'scheduler:Get*', 'scheduler:List*',
];

/** What leaves a key of no use, or lets somebody do that. */
const KEY_ENDING = ['kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:DeleteImportedKeyMaterial', 'kms:PutKeyPolicy'];

/**
 * A service control policy for the account of a vault: what even an administrator of that account must not do. Services of AWS that act by
 * themselves, such as EventBridge when it calls a function, are not subject to such policies.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
export function lockPolicy(stack: Stack, { names, keyArns }: LockedVault): iam.PolicyDocument {
  const copies = [snapshotArnOf(stack, `${names.owner}-*`, ANY_REGION)];
  const own = (service: string, resource: string, name: string, arnFormat = ArnFormat.SLASH_RESOURCE_NAME) => (
    stack.formatArn({ service, resource, resourceName: name, arnFormat })
  );
  const functions = own('lambda', 'function', `${names.owner}-*`, ArnFormat.COLON_RESOURCE_NAME);
  const machines = ['arrive', 'receive'].map((name) => own('states', 'stateMachine', names.physicalName(name), ArnFormat.COLON_RESOURCE_NAME));
  return new iam.PolicyDocument({
    statements: [
      deny('Delete', ['rds:DeleteDBClusterSnapshot'], copies, except(names, 'prune')),
      deny('Share', ['rds:ModifyDBClusterSnapshotAttribute'], copies, except(names, 'release')),
      // By its tags a copy is known, and how long it must be kept. What is made of a copy could be carried away: data is recovered in another account.
      // And who gives the name of a future copy to a snapshot of their own (also to the last one of a cluster) keeps the copy from being made.
      deny('Use', [
        'rds:AddTagsToResource', 'rds:RemoveTagsFromResource', 'rds:CopyDBClusterSnapshot', 'rds:RestoreDBClusterFromSnapshot', 'rds:StartExportTask',
        'rds:CreateDBClusterSnapshot', 'rds:DeleteDBCluster',
      ], copies, except(names, 'start', 'release')),
      // RDS ends its grants with the rights of whoever copies; that role is excepted from this alone. The ARNs of the keys take room, and are here once.
      deny('Keys', [...KEY_ENDING, 'kms:RevokeGrant'], [...keyArns], except(names, 'start')),
      deny('AnyKey', KEY_ENDING, ['*'], { ArnLike: { 'aws:PrincipalArn': names.roleArns('start') } }),
      new iam.PolicyStatement({
        sid: 'Parts',
        effect: iam.Effect.DENY,
        notActions: HARMLESS,
        resources: [
          // Also roles that do not exist yet, and those of other vaults: the exceptions go by the path, so whoever could make a role there would be
          // excepted. And nobody passes one of them to a function of their own.
          ...names.roleArns(),
          rolesOfVaults(stack, '*'),
          functions,
          own('states', 'stateMachine', `${names.owner}-*`, ArnFormat.COLON_RESOURCE_NAME),
          own('states', 'execution', `${names.owner}-*`, ArnFormat.COLON_RESOURCE_NAME),
          own('events', 'rule', `${names.owner}-*`),
          own('events', 'rule', `${names.vaultName}/*`),
          own('events', 'event-bus', names.vaultName),
          own('scheduler', 'schedule', `default/${names.owner}-*`),
        ],
      }),
      // These have no resource type, so that a denial on the ARN of a bus or a function does not concern them: the buses of the whole account are locked.
      deny('Listen', ['events:PutPermission', 'events:RemovePermission'], ['*'], {}),
      deny('Feed', ['lambda:CreateEventSourceMapping', 'lambda:UpdateEventSourceMapping'], ['*'], { ArnLike: { 'lambda:FunctionArn': [functions] } }),
      // The functions do what they are told: whoever may call them could tell them other rules.
      deny('Call', ['lambda:InvokeFunction'], [functions], except(names, 'states', 'schedule')),
      deny('Start', ['states:StartExecution'], machines, except(names, 'runs')),
      // A forged receipt would make a plan believe that a vault has a copy, also one that is put on the bus of the plan's account directly. Other vaults
      // of the account tell, too.
      deny('Tell', ['events:PutEvents'], ['*'], {
        'ArnNotLike': { 'aws:PrincipalArn': ['states', 'receipts'].map((actor) => rolesOfVaults(stack, actor)) },
        // A call puts several events, of which one is enough.
        'ForAnyValue:StringEquals': { 'events:detail-type': [RECEIPT_DETAIL_TYPE, RELEASE_DETAIL_TYPE] },
      }),
      // With the account, or its Region, all of it would go.
      deny('Leave', ['organizations:LeaveOrganization', 'account:CloseAccount', 'account:DisableRegion'], ['*'], {}),
    ],
  });
}

function deny(sid: string, actions: string[], resources: string[], conditions: Record<string, unknown>): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, effect: iam.Effect.DENY, actions, resources, conditions });
}

/** Of all vaults of the account. Roles of exports have a shorter path. */
function rolesOfVaults(stack: Stack, actor: string): string {
  return stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `cdk-aurora-backup/cab-*/${actor}/*` });
}

function except(names: VaultNames, ...actors: VaultActor[]): Record<string, unknown> {
  return { ArnNotLike: { 'aws:PrincipalArn': names.roleArns(...actors) } };
}
