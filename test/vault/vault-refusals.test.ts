import { App, Duration, IPropertyInjector, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RetentionPolicy, SnapshotVault } from '../../src';
import { aStack, messageOf } from '../support/constructs';
import { VAULT_ACCOUNT, VaultPropsOf, importedVaultKey, vaultStack, vaultWith } from '../support/vaults';

const from = (accountId: string, regions = ['eu-west-1'], clusters?: string[]) => ({ sources: [{ accountId, regions, clusters }] });
const token = Token.asString({ Ref: 'Parameter' });

test.each<[what: string, props: VaultPropsOf, message: string]>([
  ['a name that no bus can have', { vaultName: 'my vault' }, "vaultName must be 1 to 64 letters, digits, '.', '_' and '-', and not 'default', got 'my vault'"],
  ['the name of the default bus', { vaultName: 'default' }, "vaultName must be 1 to 64 letters, digits, '.', '_' and '-', and not 'default', got 'default'"],
  ['a name that nobody knows', { vaultName: token }, 'vaultName must be known at synth, because identifiers and policies begin with what is made from it, got a token; give a text'],
  ['no source', { sources: [] }, 'sources must name at least one account, got none; a vault takes in what other accounts share with it'],
  ['an account that is none', from('Orders'), "sources.accountId must be the 12 digits of an account, got 'Orders'; an organization or everybody cannot be named"],
  ['an account that nobody knows', from(token), 'sources.accountId must be known at synth, got a token; write the 12 digits of the account'],
  ['an account twice', { sources: ['eu-west-1', 'eu-west-2'].map((region) => ({ accountId: '111111111111', regions: [region] })) },
    "sources.accountId names '111111111111' twice; leave out one of the two"],
  ['its own account', from(VAULT_ACCOUNT), `sources.accountId names '${VAULT_ACCOUNT}', the account of the vault itself: a vault in the account of its sources would protect `
    + 'from nobody who can delete them; put it into a stack of another account, or use the copies of a plan'],
  ['no Region', from('111111111111', []), 'sources.regions of account 111111111111 must name at least one Region, got none; name those where its clusters are'],
  ['a Region that is none', from('111111111111', ['Ireland']), "sources.regions must be the code of an AWS Region, for example eu-central-1, got 'Ireland'"],
  ['a Region that nobody knows', from('111111111111', [token]),
    'sources.regions of account 111111111111 must be known at synth, got a token; write the code of the Region, for example eu-central-1'],
  ['a Region twice', from('111111111111', ['eu-west-1', 'eu-west-1']), "sources.regions of account 111111111111 name 'eu-west-1' twice; leave out one of the two"],
  ['a Region of China', from('111111111111', ['cn-north-1']),
    'a vault of snapshots of cn-north-1 is not possible in eu-central-1, because AWS does not copy Aurora snapshots in the China Regions; use AWS Backup there'],
  ['a Region of GovCloud', from('111111111111', ['us-gov-west-1']), 'sources.regions name us-gov-west-1, from where nothing can be copied to the vault in eu-central-1: '
    + 'snapshots of GovCloud Regions are copied to GovCloud Regions only, and others to others only'],
  ['an empty list of clusters', from('111111111111', ['eu-west-1'], []),
    'sources.clusters of account 111111111111 must name at least one cluster, got an empty list; leave it out for all clusters'],
  ['a pattern of clusters', from('111111111111', ['eu-west-1'], ['orders-*']),
    "sources.clusters of account 111111111111 must be identifiers of clusters, got 'orders-*'; patterns and ARNs are not understood: leave it out for all clusters"],
  ['a cluster that nobody knows', from('111111111111', ['eu-west-1'], [token]),
    'sources.clusters of account 111111111111 must be known at synth, got a token; write the identifier of the cluster'],
  ['a cluster twice, however it is written', from('111111111111', ['eu-west-1'], ['orders', 'Orders']),
    "sources.clusters of account 111111111111 name 'Orders' twice; leave out one of the two"],
  ['a retention that counts', { retention: RetentionPolicy.keepLast(5) },
    'retention must be RetentionPolicy.keepFor() or RetentionPolicy.keepAll(), got one that counts: a source could push out good copies by making new ones'],
  ['a retention of tiers', { retention: RetentionPolicy.tiered({ daily: 7 }) },
    'retention must be RetentionPolicy.keepFor() or RetentionPolicy.keepAll(), got one that counts: a source could push out good copies by making new ones'],
  ['a minimum that is longer than the retention', { retention: RetentionPolicy.keepFor(Duration.days(7)), minimumRetention: Duration.days(8) },
    'minimumRetention must not be longer than the retention (7 days), got 8 days; make the retention as long'],
  ['a minimum of minutes', { minimumRetention: Duration.minutes(5) },
    'minimumRetention must be one hour or more, got 5 minutes; leave it out if the retention is to decide'],
  ['half an admission', { dailyAdmission: 0.5 }, 'dailyAdmission must be a whole number from 1, got 0.5; leave it out for 4'],
  ['no snapshot at all', { maximumSnapshots: 0 }, 'maximumSnapshots must be a whole number from 1, got 0; leave it out for 100'],
  ['a key of another Region', (stack) => ({ encryptionKey: importedVaultKey(stack, 'eu-west-1') }),
    "encryptionKey 'Vault/ImportedKey-eu-west-1' is in eu-west-1 and the copies in eu-central-1; give a key of eu-central-1, for example a replica of a multi-Region key"],
  ['an alias', (stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/aws/rds') }), "encryptionKey 'Vault/Alias' is known by an alias only, "
    + 'which can be pointed to another key, and the default key of RDS cannot be shared at all; give the key itself, for example by kms.Key.fromKeyArn'],
  ['a key of another account', (stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws:kms:eu-central-1:111111111111:key/1') }),
    `encryptionKey 'Vault/Theirs' belongs to account 111111111111, where the copies could be ended by whoever administers it; give a key of account ${VAULT_ACCOUNT}, that of the vault`],
  ['further copies without a key', { copies: [{ region: 'eu-north-1' }] },
    'copies to eu-north-1 need an encryptionKey, because what a vault keeps is encrypted with a key of its own; give a key of eu-north-1'],
  ['further copies to its own Region', (stack) => ({ copies: [{ region: 'eu-central-1', encryptionKey: importedVaultKey(stack) }] }),
    "copies name 'eu-central-1', the Region of the vault itself, where the snapshots are anyway; name another Region"],
  ['further copies that count', (stack) => (
    { copies: [{ region: 'eu-north-1', encryptionKey: importedVaultKey(stack, 'eu-north-1'), retention: RetentionPolicy.keepLast(2) }] }
  ), 'copies.retention must be RetentionPolicy.keepFor() or RetentionPolicy.keepAll(), got one that counts: a source could push out good copies by making new ones'],
  ['itself as the account of recovery', { recoveryAccounts: [VAULT_ACCOUNT] },
    `recoveryAccounts names '${VAULT_ACCOUNT}', the account of the vault itself: the account of the vault has the copies anyway; leave it out`],
  ['everybody as the account of recovery', { recoveryAccounts: ['all'] },
    "recoveryAccounts must be the 12 digits of an account, got 'all'; an organization or everybody cannot be named"],
  ['too many accounts of recovery', { recoveryAccounts: Array.from({ length: 21 }, (_, index) => String(300_000_000_000 + index)) },
    'recoveryAccounts must name at most 20 accounts, got 21; name those from where clusters are really recovered'],
])('a vault refuses %s', (_, props, message) => {
  expect(messageOf(() => vaultWith(props))).toBe(`[Vault/Vault] ${message}`);
});

test('a vault refuses the name of another one in its account and Region, and does not mind it elsewhere', () => {
  const app = new App();
  const inRegion = (id: string, region: string) => vaultStack({ app, id, env: { account: VAULT_ACCOUNT, region } });
  vaultWith({}, inRegion('One', 'eu-central-1'));

  expect(messageOf(() => vaultWith({}, inRegion('Two', 'eu-central-1')))).toBe("[Two/Vault] vaultName 'bunker' is also that of 'One/Vault' in the same account and Region, "
    + 'and each would take the copies of the other for its own; give one of them another name');
  expect(() => vaultWith({}, inRegion('Elsewhere', 'eu-north-1'))).not.toThrow();
});

test('a vault refuses to go with its stack', () => {
  expect(messageOf(() => vaultWith().applyRemovalPolicy(RemovalPolicy.DESTROY)))
    .toBe("[Vault/Vault] removalPolicy 'destroy' cannot be applied to a vault, because its copies outlive it; delete them by hand when nobody needs them");
  expect(() => vaultWith().applyRemovalPolicy(RemovalPolicy.RETAIN)).not.toThrow();
});

test('an alarm refuses an age that is never told in time', () => {
  expect(messageOf(() => vaultWith().alarmOnNewestCopyAge('Old', { maximumAge: Duration.minutes(59) })))
    .toBe('[Vault/Vault] maximumAge must be one hour or more, because the age is told every hour, got 59 minutes');
});

test.each([
  ['arn:aws:sns:eu-central-1:222222222222:bunker', "'arn:aws:sns:eu-central-1:222222222222:bunker'"],
  ['arn:aws:events:eu-central-1:222222222222:event-bus/default', "'arn:aws:events:eu-central-1:222222222222:event-bus/default'"],
  [token, 'a token'],
])('a vault of another app is not known by %s', (arn, got) => {
  expect(messageOf(() => SnapshotVault.fromEventBusArn(aStack(), 'Vault', arn))).toBe(
    '[Orders/Vault] eventBusArn must be that of the event bus of a vault and known at synth, '
    + `for example arn:aws:events:eu-central-1:111122223333:event-bus/Vault, got ${got}; take it from where the vault is deployed`);
});

test('a vault takes what is injected where it leaves something out', () => {
  const minimum: IPropertyInjector = {
    constructUniqueId: SnapshotVault.PROPERTY_INJECTION_ID,
    inject: (original) => ({ dailyAdmission: 0, ...original }),
  };

  expect(messageOf(() => vaultWith({}, vaultStack({ app: new App({ propertyInjectors: [minimum] }) })))).toContain('dailyAdmission must be a whole number from 1, got 0');
});

describe('warnings', () => {
  const warningsOf = (props: VaultPropsOf) => {
    const { stack } = vaultWith(props);
    return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
  };

  const days = (count: number) => RetentionPolicy.keepFor(Duration.days(count));
  const clusters = (...names: string[]) => from('111111111111', ['eu-west-1'], names);

  test.each<[why: string, props: VaultPropsOf, warning: string]>([
    ['with more of a cluster than it takes in', { retention: days(365) }, 'a source cluster with a snapshot every day comes to 365 copies, and maximumSnapshots is 100'],
    ['because it keeps all', { retention: RetentionPolicy.keepAll() }, 'a source cluster with a snapshot every day comes to more copies every day, and maximumSnapshots is 100'],
    ['with more than RDS has room for', { retention: days(365), maximumSnapshots: 400 }, '1 source cluster with a snapshot every day comes to 365 copies, and RDS allows 100'],
    ['with all clusters together', { retention: days(60), ...clusters('orders', 'billing') }, '2 source clusters with a snapshot every day come to 120 copies, and RDS allows 100'],
  ])('a vault that nightly snapshots would fill %s says so', (_, props, warning) => {
    expect(warningsOf(props)).toEqual([expect.stringContaining(warning)]);
  });

  test('a vault that has room says nothing', () => {
    expect(warningsOf({ retention: days(50), ...clusters('orders', 'billing') })).toEqual([]);
  });

  test('a source that could fill it says so', () => {
    expect(warningsOf(from('111111111111'))).toEqual([expect.stringContaining('sources name no clusters of account 111111111111: whoever administers it can fill the vault')]);
  });

  test('a key that the app only knows has to be told what the vault needs', () => {
    const [warning, ...others] = warningsOf((stack) => ({ encryptionKey: importedVaultKey(stack), recoveryAccounts: ['333333333333'] }));

    expect(others).toEqual([]);
    expect(warning).toContain("the policy of key 'Vault/ImportedKey-eu-central-1' is not known to this app, and without these statements in it "
      + 'recovery accounts cannot use what is released to them, and a deployment could end the key: [');
    expect(warning).toContain('arn:aws:iam::333333333333:root');
    expect(warning).toContain('kms:ScheduleKeyDeletion');
  });
});

test('where nothing is known of the stack, nothing is refused', () => {
  expect(() => vaultWith({}, aStack({ app: new App(), id: 'Anywhere' }))).not.toThrow();
  expect(() => vaultWith((stack) => ({ encryptionKey: importedVaultKey(stack) }), vaultStack())).not.toThrow();
});
