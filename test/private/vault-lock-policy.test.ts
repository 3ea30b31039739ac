import * as kms from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { RetentionPolicy, SnapshotVault } from '../../src';
import { vaultOwner } from '../../src/core/vault/vault-ownership';
import { asText, messageOf, templateOf } from '../support/constructs';
import { Policy, PolicyStatement, denialOf } from '../support/iam';
import { BUNKER_OWNER, SOURCE_ACCOUNT, VAULT_ACCOUNT, importedVaultKey, vaultStack, vaultWith } from '../support/vaults';

const ACTORS = ['runs', 'look', 'start', 'prune', 'release', 'states', 'schedule', 'receipts'];
const OWN = `arn:aws:iam::${VAULT_ACCOUNT}:role/cdk-aurora-backup/${BUNKER_OWNER}`;
const HOME = `eu-central-1:${VAULT_ACCOUNT}`;
const COPY = `arn:aws:rds:${HOME}:cluster-snapshot:${BUNKER_OWNER}-0123456789-orders`;
const COPY_ELSEWHERE = `arn:aws:rds:eu-north-1:${VAULT_ACCOUNT}:cluster-snapshot:${BUNKER_OWNER}-0123456789-orders`;
const KEY = `arn:aws:kms:${HOME}:key/1`;
const KEY_ELSEWHERE = `arn:aws:kms:eu-north-1:${VAULT_ACCOUNT}:key/1`;
const FUNCTION = `arn:aws:lambda:${HOME}:function:${BUNKER_OWNER}-prune`;
const MACHINE = `arn:aws:states:${HOME}:stateMachine:${BUNKER_OWNER}`;
const EVENTS = `arn:aws:events:${HOME}`;
const SCHEDULE = `arn:aws:scheduler:${HOME}:schedule/default/${BUNKER_OWNER}-sweep`;

const vault = vaultWith((stack) => ({
  encryptionKey: importedVaultKey(stack),
  copies: [{ region: 'eu-north-1', encryptionKey: importedVaultKey(stack, 'eu-north-1') }],
}));
const policy = plain(policyTextOf(vault));

/** Resolved, with the partition as it is nearly everywhere. */
function policyTextOf(one: SnapshotVault): string {
  return JSON.stringify(one.stack.resolve(one.lockPolicy)).replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"arn:aws$1"');
}

function plain(text: string): Policy {
  expect(text).not.toMatch(/"Ref"|"Fn::/);
  return JSON.parse(text);
}

function deniedTo(principalArn: string, action: string, resource: string, context = {}): boolean {
  return denialOf(policy, { action, resource, principalArn, context }) !== undefined;
}

const ADMINS = [
  `arn:aws:iam::${VAULT_ACCOUNT}:root`,
  `arn:aws:iam::${VAULT_ACCOUNT}:role/Admin`,
  `arn:aws:iam::${VAULT_ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef`,
  `arn:aws:iam::${VAULT_ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-${VAULT_ACCOUNT}-eu-central-1`,
  `arn:aws:iam::${VAULT_ACCOUNT}:user/cdk-aurora-backup/${BUNKER_OWNER}/prune/mallory`,
  `arn:aws:iam::${VAULT_ACCOUNT}:role/cdk-aurora-backup/cab-00000000/prune/OfAnotherVault`,
];

const DENIED: [action: string, resource: string][] = [
  ['rds:DeleteDBClusterSnapshot', COPY],
  ['rds:DeleteDBClusterSnapshot', COPY_ELSEWHERE],
  ['rds:ModifyDBClusterSnapshotAttribute', COPY],
  ['rds:CopyDBClusterSnapshot', COPY],
  ['rds:RestoreDBClusterFromSnapshot', COPY],
  ['rds:CreateDBClusterSnapshot', COPY],
  ['rds:DeleteDBCluster', COPY],
  ['rds:StartExportTask', COPY],
  ['rds:AddTagsToResource', COPY],
  ['rds:RemoveTagsFromResource', COPY],
  ['kms:ScheduleKeyDeletion', KEY],
  ['kms:ScheduleKeyDeletion', KEY_ELSEWHERE],
  ['kms:DisableKey', KEY],
  ['kms:PutKeyPolicy', KEY],
  ['kms:RevokeGrant', KEY],
  ['iam:PutRolePolicy', `${OWN}/prune/Role`],
  ['iam:AttachRolePolicy', `${OWN}/prune/Role`],
  ['iam:DeleteRole', `${OWN}/start/Role`],
  ['iam:UpdateAssumeRolePolicy', `${OWN}/release/Role`],
  ['iam:CreateRole', `${OWN}/prune/mallory`],
  ['iam:CreateRole', `${OWN}/mallory`],
  ['iam:CreateRole', `arn:aws:iam::${VAULT_ACCOUNT}:role/cdk-aurora-backup/cab-00000000/states/mallory`],
  ['iam:PassRole', `${OWN}/prune/Role`],
  ['lambda:UpdateFunctionCode', FUNCTION],
  ['lambda:UpdateFunctionConfiguration', FUNCTION],
  ['lambda:DeleteFunction', FUNCTION],
  ['lambda:PutFunctionConcurrency', FUNCTION],
  ['lambda:AddPermission', FUNCTION],
  ['lambda:InvokeFunction', FUNCTION],
  ['states:UpdateStateMachine', `${MACHINE}-sweep`],
  ['states:DeleteStateMachine', `${MACHINE}-receive`],
  ['states:StartExecution', `${MACHINE}-receive`],
  ['states:StartExecution', `${MACHINE}-arrive`],
  ['states:StopExecution', `arn:aws:states:${HOME}:execution:${BUNKER_OWNER}-sweep:1`],
  ['events:PutRule', `${EVENTS}:rule/bunker/${BUNKER_OWNER}-announced`],
  ['events:DisableRule', `${EVENTS}:rule/${BUNKER_OWNER}-${SOURCE_ACCOUNT}-eu-west-1`],
  ['events:RemoveTargets', `${EVENTS}:rule/${BUNKER_OWNER}-${SOURCE_ACCOUNT}-eu-west-1`],
  ['events:DeleteEventBus', `${EVENTS}:event-bus/bunker`],
  ['events:UpdateEventBus', `${EVENTS}:event-bus/bunker`],
  ['events:PutPermission', '*'],
  ['events:RemovePermission', '*'],
  ['scheduler:UpdateSchedule', SCHEDULE],
  ['scheduler:DeleteSchedule', SCHEDULE],
  ['organizations:LeaveOrganization', '*'],
  ['account:CloseAccount', '*'],
  ['account:DisableRegion', '*'],
];

const ALLOWED: [action: string, resource: string][] = [
  ['rds:DescribeDBClusterSnapshots', COPY],
  ['rds:DeleteDBClusterSnapshot', `arn:aws:rds:${HOME}:cluster-snapshot:my-own`],
  ['rds:CopyDBClusterSnapshot', `arn:aws:rds:eu-west-1:${SOURCE_ACCOUNT}:cluster-snapshot:shared`],
  ['kms:ScheduleKeyDeletion', `arn:aws:kms:${HOME}:key/2`],
  ['kms:DescribeKey', KEY],
  ['iam:CreateRole', `arn:aws:iam::${VAULT_ACCOUNT}:role/MyOwn`],
  ['iam:GetRole', `${OWN}/prune/Role`],
  ['lambda:GetFunction', FUNCTION],
  ['states:StartExecution', `${MACHINE}-release`],
  ['states:StartExecution', `${MACHINE}-sweep`],
  ['states:DescribeExecution', `arn:aws:states:${HOME}:execution:${BUNKER_OWNER}-receive:1`],
  ['events:DescribeEventBus', `${EVENTS}:event-bus/bunker`],
];

describe.each(ADMINS)('%s', (admin) => {
  test.each(DENIED)('must not %s on %s', (action, resource) => {
    expect(deniedTo(admin, action, resource)).toBe(true);
  });

  test.each(ALLOWED)('may go on with %s on %s', (action, resource) => {
    expect(deniedTo(admin, action, resource)).toBe(false);
  });

  test.each([['default', `${EVENTS}:event-bus/default`], ['source account\'s', `arn:aws:events:eu-west-1:${SOURCE_ACCOUNT}:event-bus/default`]])(
    'must not tell on the %s bus what only a vault tells, and may tell anything else', (_, bus) => {
      expect(deniedTo(admin, 'events:PutEvents', bus, { 'events:detail-type': 'Aurora Backup Vault Receipt' })).toBe(true);
      expect(deniedTo(admin, 'events:PutEvents', bus, { 'events:detail-type': ['mine', 'Aurora Backup Vault Receipt'] })).toBe(true);
      expect(deniedTo(admin, 'events:PutEvents', bus, { 'events:detail-type': 'Aurora Backup Run Verdict' })).toBe(false);
    });
});

test.each([['lambda:CreateEventSourceMapping', '*'], ['lambda:UpdateEventSourceMapping', `arn:aws:lambda:${HOME}:event-source-mapping:1`]])(
  '%s feeds no function of the vault, and any other', (action, resource) => {
    expect(deniedTo(ADMINS[1], action, resource, { 'lambda:FunctionArn': FUNCTION })).toBe(true);
    expect(deniedTo(ADMINS[1], action, resource, { 'lambda:FunctionArn': `arn:aws:lambda:${HOME}:function:my-own` })).toBe(false);
  });

test.each(['states', 'receipts'])('another vault of the account tells its own by its role of %s', (actor) => {
  const role = `arn:aws:iam::${VAULT_ACCOUNT}:role/cdk-aurora-backup/cab-00000000/${actor}/Role`;

  expect(deniedTo(role, 'events:PutEvents', `${EVENTS}:event-bus/default`, { 'events:detail-type': 'Aurora Backup Vault Receipt' })).toBe(false);
});

describe('what the vault itself does is not denied', () => {
  const calls = callsOf(vault);

  test('the roles of the vault have rights', () => {
    expect(calls.length).toBeGreaterThan(25);
  });

  test.each(calls)('%s may %s on %s', (role, action, resource) => {
    expect(denialOf(policy, { action, resource, principalArn: role, context: { 'events:detail-type': 'Aurora Backup Vault Receipt' } })).toBeUndefined();
  });

  test.each(['start', 'look', 'runs', 'release', 'states', 'schedule', 'receipts'])('but only the pruner deletes, and not the role of %s', (actor) => {
    expect(deniedTo(`${OWN}/${actor}/Role`, 'rds:DeleteDBClusterSnapshot', COPY)).toBe(true);
  });

  test.each(['start', 'look', 'runs', 'prune', 'states'])('but only the releaser shares, and not the role of %s', (actor) => {
    expect(deniedTo(`${OWN}/${actor}/Role`, 'rds:ModifyDBClusterSnapshotAttribute', COPY)).toBe(true);
  });

  test.each(ACTORS)('but nobody ends the keys or changes their policies, not even the role of %s; and RDS ends its grants for the copier', (actor) => {
    const ending = ['kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:DeleteImportedKeyMaterial', 'kms:PutKeyPolicy'];

    expect(ending.filter((action) => !deniedTo(`${OWN}/${actor}/Role`, action, KEY))).toEqual([]);
    expect(deniedTo(`${OWN}/${actor}/Role`, 'kms:RevokeGrant', KEY)).toBe(actor !== 'start');
  });

  test.each(['prune', 'look', 'runs', 'states'])('but the role of %s cannot tag', (actor) => {
    expect(deniedTo(`${OWN}/${actor}/Role`, 'rds:AddTagsToResource', COPY)).toBe(true);
  });
});

test('nobody makes a role that an exception of the policy would cover', () => {
  const excepted = policy.Statement.flatMap(({ Condition = {} }) => [Condition.ArnNotLike?.['aws:PrincipalArn'] ?? []].flat());

  expect(excepted.length).toBeGreaterThan(8);
  excepted.forEach((pattern) => ['mallory', 'any/mallory'].forEach((name) => {
    const role = pattern.replace(/\/\*$/, `/${name}`).replace('*', '00000000');
    expect([role, deniedTo(ADMINS[1], 'iam:CreateRole', role)]).toEqual([role, true]);
  }));
});

test('keys that copies were encrypted with before are locked, too', () => {
  const one = vaultWith((stack) => ({
    encryptionKey: importedVaultKey(stack), formerKeys: [kms.Key.fromKeyArn(stack, 'Former', `arn:aws:kms:${HOME}:key/2`)],
  }));

  expect(JSON.parse(policyTextOf(one)).Statement[3].Resource).toEqual([KEY, `arn:aws:kms:${HOME}:key/2`]);
});

test('whatever else an administrator tries on the parts of the vault is denied, but for looking and running', () => {
  const parts = [FUNCTION, `${MACHINE}-release`, `${EVENTS}:event-bus/bunker`, SCHEDULE, `${OWN}/prune/Role`];
  const verbs = fc.constantFrom('Update', 'Delete', 'Put', 'Create', 'Add', 'Remove', 'Attach', 'Detach', 'Tag', 'Untag', 'Set', 'Disable', 'Pass', 'Revoke', 'Publish');
  const services = fc.constantFrom('lambda', 'states', 'events', 'scheduler', 'iam');
  fc.assert(fc.property(services, verbs, fc.stringMatching(/^[A-Z][A-Za-z]{0,20}$/), fc.constantFrom(...parts), fc.constantFrom(...ADMINS), (service, verb, what, part, admin) => {
    fc.pre(!['PutEvents', 'PutPermission', 'RemovePermission', 'CreateEventSourceMapping'].includes(`${verb}${what}`));
    return deniedTo(admin, `${service}:${verb}${what}`, part);
  }), { numRuns: 2_000 });
});

test('fits into a service control policy, whatever the vault is called and however many its sources are', () => {
  const names = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/).filter((name) => name !== 'default');
  fc.assert(fc.property(names, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 8 }), (vaultName, sources, copies) => {
    const one = vaultWith((stack) => ({
      vaultName,
      encryptionKey: longKey(stack, 'ap-southeast-1'),
      sources: Array.from({ length: sources }, (_, index) => ({ accountId: String(100_000_000_000 + index), regions: ['us-east-1', 'us-east-2', 'us-west-2'] })),
      copies: Array.from({ length: copies }, (_, index) => ({ region: `ap-northeast-${index + 1}`, encryptionKey: longKey(stack, `ap-northeast-${index + 1}`) })),
    }), vaultStack({ env: { account: VAULT_ACCOUNT, region: 'ap-southeast-1' } }));
    const text = policyTextOf(one);
    return text.length <= 5_120 && text.includes(vaultOwner(vaultName));
  }), { numRuns: 40 });
});

test('says so when the keys of copies in too many Regions do not fit', () => {
  const one = vaultWith((stack) => ({
    copies: Array.from({ length: 40 }, (_, index) => ({ region: `ap-northeast-${index + 1}`, encryptionKey: longKey(stack, `ap-northeast-${index + 1}`) })),
    retention: RetentionPolicy.keepAll(),
  }));

  expect(messageOf(() => one.lockPolicy)).toMatch(/^\[Vault\/Vault\] lockPolicy comes to \d+ characters, and service control policies have at most 5120, because copies name so many keys; make another vault for some of the Regions$/);
});

test('is JSON that a stack can put into an output, also for a key of its own', () => {
  const { stack, lockPolicy } = vaultWith();
  const { Statement }: Policy = JSON.parse(asText(stack.resolve(stack.toJsonString(lockPolicy))));

  expect(Statement.map(({ Sid }) => Sid)).toEqual(['Delete', 'Share', 'Use', 'Keys', 'AnyKey', 'Parts', 'Listen', 'Feed', 'Call', 'Start', 'Tell', 'Leave']);
  expect(Statement[3].Resource).toBe('${Key961B73FD.Arn}');
});

function longKey(stack: SnapshotVault['stack'], region: string): kms.IKey {
  return kms.Key.fromKeyArn(stack, `Key-${region}`, `arn:aws:kms:${region}:${VAULT_ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef`);
}

/** Every right in the roles of a vault that is narrowed to one kind of resource: which role has it, what it is, and on what. */
function callsOf(one: SnapshotVault): [role: string, action: string, resource: string][] {
  const { Resources } = templateOf(one.stack).toJSON();
  const physical = (id: string): string => {
    const { Type, Properties } = Resources[id];
    return {
      'AWS::Lambda::Function': `arn:aws:lambda:${HOME}:function:${Properties.FunctionName}`,
      'AWS::StepFunctions::StateMachine': `arn:aws:states:${HOME}:stateMachine:${Properties.StateMachineName}`,
    }[Type as string] ?? `arn:aws:other:${HOME}:${id}`;
  };
  const text = (value: any): string => {
    if (typeof value === 'string') {
      return value;
    }
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
    return join ? join[1].map(text).join(join[0]) : Ref === 'AWS::Partition' ? 'aws' : attribute?.[1] === 'Name' ? Resources[attribute[0]].Properties.StateMachineName : physical(Ref ?? attribute[0]);
  };
  const roles = Object.entries<any>(Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const policies = Object.values<any>(Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy').map(({ Properties }) => Properties);
  return roles.flatMap(([id, { Properties }]) => {
    const statements: PolicyStatement[] = [
      ...Properties.Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement),
      ...policies.filter(({ Roles }) => Roles.some(({ Ref }: any) => Ref === id)).flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    ];
    return statements.flatMap(({ Action, Resource }) => [Action ?? []].flat().flatMap((action) => (
      [Resource ?? []].flat().map((resource): [string, string, string] => [
        `arn:aws:iam::${VAULT_ACCOUNT}:role${Properties.Path}${id}`, action, text(resource).replace(/\*/g, 'any'),
      ])
    )));
  });
}
