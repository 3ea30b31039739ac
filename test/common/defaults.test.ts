import { App, RemovalPolicy, Stage } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AuroraBackupDefaults, ClusterSnapshot } from '../../src';
import { SNAPSHOT, aStack, anApp, importedCluster, messageOf, propertiesOf, templateOf } from '../support/constructs';

const { DESTROY, RETAIN } = RemovalPolicy;

function snapshotIn(scope: Construct, props: { removalPolicy?: RemovalPolicy } = {}): ClusterSnapshot {
  return new ClusterSnapshot(scope, 'Snapshot', { cluster: importedCluster(scope), ...props });
}

describe('the removal policy', () => {
  test('is RETAIN when nobody says anything', () => {
    const stack = aStack();
    snapshotIn(stack);

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'retain' });
  });

  test.each<[string, (app: App) => Construct]>([
    ['app', (app) => app],
    ['stage', (app) => app.node.findChild('Stage') as Stage],
    ['stack', (app) => app.node.findChild('Stage').node.findChild('Orders') as Construct],
    ['construct', (app) => app.node.findChild('Stage').node.findChild('Orders').node.findChild('Part') as Construct],
  ])('is that of the %s', (_, scopeIn) => {
    const app = anApp();
    const stack = aStack({ app: new Stage(app, 'Stage') as unknown as App });
    const part = new Construct(stack, 'Part');
    AuroraBackupDefaults.of(scopeIn(app)).configure({ removalPolicy: DESTROY });
    snapshotIn(part);

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'destroy' });
  });

  test('of the construct itself wins over every default', () => {
    const stack = aStack();
    AuroraBackupDefaults.of(stack).configure({ removalPolicy: DESTROY });
    snapshotIn(stack, { removalPolicy: RETAIN });

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'retain' });
  });

  test('of a nearer scope wins over that of a farther one', () => {
    const app = anApp();
    const stack = aStack({ app });
    AuroraBackupDefaults.of(app).configure({ removalPolicy: DESTROY });
    AuroraBackupDefaults.of(stack).configure({ removalPolicy: RETAIN });
    snapshotIn(stack);

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'retain' });
  });

  test('of one part of a stack does not reach another part', () => {
    const stack = aStack();
    const [throwAway, lasting] = ['ThrowAway', 'Lasting'].map((id) => new Construct(stack, id));
    AuroraBackupDefaults.of(throwAway).configure({ removalPolicy: DESTROY });
    snapshotIn(throwAway);
    snapshotIn(lasting);

    templateOf(stack).resourcePropertiesCountIs(SNAPSHOT, { RemovalPolicy: 'destroy' }, 1);
    templateOf(stack).resourcePropertiesCountIs(SNAPSHOT, { RemovalPolicy: 'retain' }, 1);
  });
});

describe('settings come together', () => {
  test('each by itself, from all scopes', () => {
    const app = anApp();
    const stack = aStack({ app });
    AuroraBackupDefaults.of(app).configure({ removalPolicy: DESTROY });
    AuroraBackupDefaults.of(stack).configure({ logRetention: logs.RetentionDays.ONE_WEEK });
    snapshotIn(stack);

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'destroy' });
    templateOf(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('a later call overrides what it names and leaves the rest', () => {
    const stack = aStack();
    AuroraBackupDefaults.of(stack).configure({ removalPolicy: DESTROY, logRetention: logs.RetentionDays.ONE_DAY });
    AuroraBackupDefaults.of(stack).configure({ logRetention: logs.RetentionDays.ONE_WEEK });
    snapshotIn(stack);

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'destroy' });
    templateOf(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  // A wrapper passes on what its own user may have left out.
  test.each<[string, (stack: Construct, app: Construct) => void]>([
    ['in a nearer scope', (stack, app) => {
      AuroraBackupDefaults.of(app).configure({ removalPolicy: DESTROY });
      AuroraBackupDefaults.of(stack).configure({ removalPolicy: undefined });
    }],
    ['in a later call', (stack) => {
      AuroraBackupDefaults.of(stack).configure({ removalPolicy: DESTROY });
      AuroraBackupDefaults.of(stack).configure({ removalPolicy: undefined });
    }],
  ])('what is undefined %s overrides nothing', (_, configure) => {
    const app = anApp();
    const stack = aStack({ app });
    configure(stack, app);
    snapshotIn(stack);

    expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'destroy' });
  });
});

describe('what cannot have an effect is refused', () => {
  test.each<[string, (app: Construct, stack: Construct) => Construct]>([['stack', (_, stack) => stack], ['app', (app) => app]])(
    'defaults of the %s after the first construct', (_, choose) => {
      const app = anApp();
      const stack = aStack({ app });
      snapshotIn(stack);

      const message = messageOf(() => AuroraBackupDefaults.of(choose(app, stack)).configure({ removalPolicy: DESTROY }));
      expect(message).toMatch(/^the defaults of '(Orders|the app)' were already used by 'Orders\/.+'; call .*configure\(\.\.\.\) before the first construct/);
    },
  );

  test('but those of another stack are still open', () => {
    const app = anApp();
    snapshotIn(aStack({ app }));
    const other = aStack({ app, id: 'Other' });

    expect(() => AuroraBackupDefaults.of(other).configure({ removalPolicy: DESTROY })).not.toThrow();
  });

  test.each([RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('removalPolicy %s, which the log group could not bear', (removalPolicy) => {
    expect(messageOf(() => AuroraBackupDefaults.of(aStack()).configure({ removalPolicy }))).toBe(
      `removalPolicy of the defaults must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, got '${removalPolicy}', which not every construct knows; `
      + 'set it where it is meant, for example on a restored cluster',
    );
  });

  test.each([
    ['vpcSubnets', { vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } }],
    ['securityGroups', { securityGroups: [] }],
  ])('%s without vpc', (_, options) => {
    expect(messageOf(() => AuroraBackupDefaults.of(aStack()).configure(options))).toBe(
      'vpcSubnets and securityGroups have no effect without vpc: set vpc, or leave them out',
    );
  });

  test('but vpc may have been set by an earlier call', () => {
    const stack = aStack();
    AuroraBackupDefaults.of(stack).configure({ vpc: new ec2.Vpc(stack, 'Vpc') });

    expect(() => AuroraBackupDefaults.of(stack).configure({ vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })).not.toThrow();
  });

  test('and vpc may have been set for a farther scope', () => {
    const app = anApp();
    const network = aStack({ app, id: 'Network' });
    AuroraBackupDefaults.of(app).configure({ vpc: new ec2.Vpc(network, 'Vpc') });
    const stack = aStack({ app });

    expect(() => AuroraBackupDefaults.of(stack).configure({ vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })).not.toThrow();
  });

  test.each<[string, (stack: Construct) => object]>([
    ['vpc', (stack) => ({ vpc: new ec2.Vpc(stack, 'Vpc') })],
    ['logRetention', () => ({ logRetention: logs.RetentionDays.ONE_DAY })],
    ['encryptionKey', (stack) => ({ encryptionKey: new kms.Key(stack, 'Key') })],
  ])('%s for a part of a stack, because the functions serve all of it', (name, options) => {
    const stack = aStack();
    const part = new Construct(stack, 'Part');

    expect(messageOf(() => AuroraBackupDefaults.of(part).configure(options(stack)))).toMatch(
      new RegExp(`^${name} is a setting of the helper functions, .* cannot be set for 'Orders/Part' alone; set it for the stack, or for the app$`),
    );
  });
});

test('a scope has one set of defaults, however often it is asked for', () => {
  const stack = aStack();

  expect(AuroraBackupDefaults.of(stack)).toBe(AuroraBackupDefaults.of(stack));
});
