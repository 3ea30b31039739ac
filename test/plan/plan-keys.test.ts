import { CfnParameter, Annotations as Marks, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupPlan, SnapshotVault } from '../../src';
import { Statement, actionsOf, aStack, anApp, asText, importedCluster, messageOf, newCluster, stackIn, templateOf } from '../support/constructs';
import { PropsOf, keyIn, planIn, planWith, rulesOf, statementsOfFunction } from '../support/plans';

const AUDIT = '222222222222';
const VAULT = '333333333333';
const OF_CLUSTERS = 'the keys of these clusters are not known to this app';
const OF_KEY = /^the policy of key .* is not known to this app/;

const vaultIn = (stack: Stack, region = 'eu-north-1') => (
  SnapshotVault.fromEventBusArn(stack, `Vault-${region}`, `arn:aws:events:${region}:${VAULT}:event-bus/Vault`)
);

/** A cluster of the app that is encrypted with a key, or with a default key if there is none. */
function encryptedCluster(stack: Stack, storageEncryptionKey?: kms.IKey, id = 'Cluster'): rds.DatabaseCluster {
  const cluster = newCluster(stack, id);
  const resource = cluster.node.defaultChild as rds.CfnDBCluster;
  resource.storageEncrypted = true;
  resource.kmsKeyId = storageEncryptionKey?.keyArn;
  return cluster;
}

/** What the only key of the stack says beside what it says by itself: for whom, through which RDS. */
function opened(stack: Stack) {
  const [key] = Object.values(templateOf(stack).findResources('AWS::KMS::Key'));
  const statements: (Statement & { Principal: { AWS: unknown } })[] = key.Properties.KeyPolicy.Statement.slice(1);
  return statements.map((statement) => ({
    for: [statement.Principal.AWS].flat().map(asText),
    via: statement.Condition?.StringEquals?.['kms:ViaService'],
    forGrants: statement.Condition?.Bool?.['kms:GrantIsForAWSResource'] === 'true',
  }));
}

const warningsOf = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data))
  .filter((text) => text.includes('keyPolicy'));

const twice = (what: { for: string[]; via: unknown }) => [{ ...what, forGrants: false }, { ...what, forGrants: true }];
const HERE = 'rds.eu-west-1.amazonaws.com';
const THERE = 'rds.eu-north-1.amazonaws.com';

describe('the key of a cluster that the app makes', () => {
  const stackWith = (props: (stack: Stack) => Parameters<typeof planIn>[1], told: boolean): Stack => {
    const stack = stackIn('eu-west-1');
    const key = new kms.Key(stack, 'Key');
    const plan = planIn(stack, { clusters: [], ...props(stack) });
    plan.addCluster(told ? importedCluster(stack) : encryptedCluster(stack, key), told ? { clusterEncryptionKey: key } : {});
    return stack;
  };

  test.each([['the plan is told of', true], ['the cluster names', false]])('which %s lets vaults use it, from where they are, and the other accounts from here', (_, told) => {
    const stack = stackWith((scope) => ({ vaults: [vaultIn(scope)], shareWith: [AUDIT] }), told);

    expect(opened(stack)).toEqual([
      ...twice({ for: [`arn:aws:iam::${AUDIT}:root`], via: [HERE] }), ...twice({ for: [`arn:aws:iam::${VAULT}:root`], via: [HERE, THERE] }),
    ]);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('says nothing twice for an account that has two vaults and is shared with', () => {
    const stack = stackWith((scope) => ({ vaults: [vaultIn(scope), vaultIn(scope, 'eu-central-1')], shareWith: [VAULT] }), true);

    expect(opened(stack)).toEqual(twice({ for: [`arn:aws:iam::${VAULT}:root`], via: [HERE, THERE, 'rds.eu-central-1.amazonaws.com'] }));
  });

  test('lets them use it for everything, if that is asked for', () => {
    const stack = stackWith((scope) => ({ vaults: [vaultIn(scope)], restrictKeyToRds: false }), true);

    expect(opened(stack)).toEqual(twice({ for: [`arn:aws:iam::${VAULT}:root`], via: undefined }));
  });

  test('is opened once for several clusters', () => {
    const stack = stackIn('eu-west-1');
    const key = new kms.Key(stack, 'Key');
    const plan = planIn(stack, { clusters: [], shareWith: [AUDIT] });
    ['a', 'b'].forEach((name) => plan.addCluster(importedCluster(stack, name), { clusterEncryptionKey: key }));

    expect(opened(stack)).toHaveLength(2);
  });

  test('says nothing new where nothing is shared', () => {
    expect(opened(stackWith(() => ({}), true))).toEqual([]);
  });
});

describe('a key that the app does not know the policy of', () => {
  const warned = (props: PropsOf, told?: (stack: Stack) => kms.IKey) => {
    const { stack } = planWith((scope) => ({ clusters: [], clusterTags: { backup: 'gold' }, ...(typeof props === 'function' ? props(scope) : props) }));
    const plan = stack.node.findChild('Gold') as AuroraBackupPlan;
    if (told) {
      plan.addCluster(importedCluster(stack), { clusterEncryptionKey: told(stack) });
    }
    return warningsOf(stack);
  };

  test('is told of, with the statements that its owner has to add', () => {
    const found = warned({ shareWith: [AUDIT] }, (stack) => keyIn(stack, 'eu-west-1')).find((text) => OF_KEY.test(text))!;
    const statements = JSON.parse(/\[\{.*\}\]/.exec(found)![0]);

    expect(statements).toHaveLength(2);
    expect(statements[0]).toMatchObject({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${AUDIT}:root` }, Condition: { StringEquals: { 'kms:ViaService': [HERE] } } });
  });

  test('because the cluster is imported, or selected by tags, is told of once for all', () => {
    const { stack } = planWith((scope) => ({ clusters: ['a', 'b'].map((name) => importedCluster(scope, name)), clusterTags: { backup: 'gold' }, vaults: [vaultIn(scope)] }));
    const [text, ...others] = warningsOf(stack).filter((one) => one.startsWith(OF_CLUSTERS));

    expect(others).toEqual([]);
    expect(text).toContain("'Orders/Imported-a', 'Orders/Imported-b', those that clusterTags select. A key that is known is opened");
    expect(text).toContain(`arn:aws:iam::${VAULT}:root`);
  });

  test('can be acknowledged', () => {
    const { stack } = planWith((scope) => ({ vaults: [vaultIn(scope)] }));
    Marks.of(stack).acknowledgeWarning('cdk-aurora-backup:keyPolicy');

    expect(warningsOf(stack)).toEqual([]);
  });

  test('is nothing to tell of where nothing is shared, or a cluster has none', () => {
    expect(warned({})).toEqual([]);
    const stack = stackIn('eu-west-1');
    planIn(stack, { clusters: [newCluster(stack)], vaults: [vaultIn(stack)] });
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('a cluster of the app without any key', () => {
  const warned = (props: PropsOf) => {
    const stack = stackIn('eu-west-1');
    planIn(stack, { clusters: [newCluster(stack)], ...(typeof props === 'function' ? props(stack) : props) });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('clusterWithoutKey')).map(({ entry }) => String(entry.data));
  };

  test.each<[string, PropsOf]>([['shareWith', { shareWith: [AUDIT] }], ['vaults', (stack) => ({ vaults: [vaultIn(stack)] })]])('may have one that AWS owns, which is told of with %s', (_, props) => {
    expect(warned(props)).toEqual([
      expect.stringMatching(/^snapshots of 'Orders\/Cluster' cannot be shared if they were made since February 2026.* or for vaults the plan a sharingKey; or acknowledge/),
    ]);
  });

  test('is nothing to tell of with a sharingKey, or where nothing is shared', () => {
    expect(warned((stack) => ({ vaults: [vaultIn(stack)], sharingKey: new kms.Key(stack, 'Key') }))).toEqual([]);
    expect(warned({})).toEqual([]);
  });
});

test('what a key has to say is at hand as statements, too', () => {
  const plan = planWith((scope) => ({ vaults: [vaultIn(scope)], shareWith: [AUDIT] }));

  expect(plan.keyPolicyStatements.map((statement) => statement.toStatementJson().Condition.StringEquals['kms:ViaService'])).toEqual([[HERE], [HERE], [HERE, THERE], [HERE, THERE]]);
  expect(planWith().keyPolicyStatements).toEqual([]);
});

describe('a sharing key', () => {
  const stack = stackIn('eu-west-1');
  const plan = planIn(stack, { clusters: [encryptedCluster(stack)], vaults: [vaultIn(stack)], sharingKey: new kms.Key(stack, 'Key') });

  test('makes a cluster with a default key possible', () => {
    expect(rulesOf(stack).sharingKeyId).toMatch(/Key/);
  });

  test('is the one that is opened, and no other key is spoken of', () => {
    expect(opened(stack)).toEqual(twice({ for: [`arn:aws:iam::${VAULT}:root`], via: [HERE, THERE] }));
    expect(warningsOf(stack)).toEqual([]);
    expect(plan.keyPolicyStatements).toHaveLength(2);
  });

  test('may be used by the function that makes copies, at home', () => {
    const start = statementsOfFunction(stack, 'Start');
    const making = start.filter((statement) => actionsOf(statement).includes('rds:CopyDBClusterSnapshot') && statement.Condition);
    const using = start.filter((statement) => actionsOf(statement).includes('kms:CreateGrant'));

    expect(making.map(({ Resource }) => asText(Resource))).toEqual([expect.stringMatching(/:rds:eu-west-1:111111111111:cluster-snapshot:cab-[0-9a-f]{8}-\*$/)]);
    expect(JSON.stringify(using)).toContain('Key');
  });

  test('that is imported is told of with its statements', () => {
    const other = planWith((scope) => ({ vaults: [vaultIn(scope)], sharingKey: keyIn(scope, 'eu-west-1') }));

    expect(warningsOf(other.stack)).toEqual([expect.stringMatching(OF_KEY)]);
  });
});

describe('a plan is refused', () => {
  test.each<[string, PropsOf, RegExp]>([
    ['vaults for a cluster with a default key', (stack) => ({ clusters: [encryptedCluster(stack)], vaults: [vaultIn(stack)] }),
      /vaults are not possible for cluster 'Orders\/Cluster', which is encrypted with a default key, .* give the plan a sharingKey, or the cluster a storageEncryptionKey/],
    ['a sharing key without vaults', (stack) => ({ sharingKey: keyIn(stack, 'eu-west-1') }), /sharingKey 'Orders\/Key-eu-west-1' is for copies that vaults are given, and the plan has none/],
    ['a sharing key together with shareWith', (stack) => ({ vaults: [vaultIn(stack)], shareWith: [AUDIT], sharingKey: keyIn(stack, 'eu-west-1') }),
      /sharingKey .* cannot be used together with shareWith/],
    ['a sharing key together with accounts that nobody knows yet', (stack) => ({
      vaults: [vaultIn(stack)], shareWith: Token.asList(new CfnParameter(stack, 'Accounts', { type: 'CommaDelimitedList' })), sharingKey: keyIn(stack, 'eu-west-1'),
    }), /sharingKey .* cannot be used together with shareWith/],
    ['the default key as sharing key', (stack) => ({ vaults: [vaultIn(stack)], sharingKey: kms.Alias.fromAliasName(stack, 'Default', 'alias/aws/rds') }),
      /sharingKey 'Orders\/Default' is the default key of RDS, under which nothing can be shared; give a key of your own/],
    ['a sharing key of another Region', (stack) => ({ vaults: [vaultIn(stack)], sharingKey: keyIn(stack, 'eu-north-1') }), /sharingKey .* is in eu-north-1 and the snapshots in eu-west-1/],
  ])('for %s', (_, props, message) => {
    expect(messageOf(() => planWith(props))).toMatch(message);
  });

  test.each<[string, PropsOf]>([['shareWith', { shareWith: [AUDIT] }], ['vaults', (stack) => ({ vaults: [vaultIn(stack)] })]])('for %s and a cluster of which it is told that it has the default key', (prop, props) => {
    const plan = planWith((stack) => ({ clusterTags: { backup: 'gold' }, ...(typeof props === 'function' ? props(stack) : props) }));
    const clusterEncryptionKey = kms.Alias.fromAliasName(plan.stack, 'Default', 'alias/aws/rds');

    expect(messageOf(() => plan.addCluster(importedCluster(plan.stack, 'billing'), { clusterEncryptionKey })))
      .toMatch(new RegExp(`${prop} (is|are) not possible for cluster 'Orders/Imported-billing', which is encrypted with a default key`));
  });
});

test('a key of another stack is opened there', () => {
  const app = anApp();
  const keys = aStack({ app, id: 'Keys', env: { account: '111111111111', region: 'eu-west-1' } });
  const stack = stackIn('eu-west-1', { app });
  const key = new kms.Key(keys, 'Key');
  planIn(stack, { clusters: [encryptedCluster(stack, key)], shareWith: [AUDIT] });

  expect(opened(keys)).toEqual(twice({ for: [`arn:aws:iam::${AUDIT}:root`], via: [HERE] }));
});
