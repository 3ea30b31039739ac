import { App, CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Trigger } from 'aws-cdk-lib/triggers';
import { clusters } from './clusters';
import { ClusterSnapshot, ClusterSnapshotCopy } from '../../src';
import { localSynthesizer } from '../cdk-cli';

export const HOME = 'eu-west-1';
export const ELSEWHERE = 'eu-central-1';
const KEY_ELSEWHERE = 'alias/orders-elsewhere';

/** The app of the demo, written as users write theirs. Only the synthesizer is for the local AWS. */
export function shop(outdir: string): App {
  const app = new App({ outdir });

  const elsewhere = new Stack(app, 'KeyElsewhere', { env: { region: ELSEWHERE }, synthesizer: localSynthesizer() });
  tellKey(KEY_ELSEWHERE, new kms.Key(elsewhere, 'Key', { alias: KEY_ELSEWHERE, enableKeyRotation: true }));

  const stack = new Stack(app, 'Shop', { env: { region: HOME }, synthesizer: localSynthesizer() });
  stack.addDependency(elsewhere);
  Tags.of(stack).add('team', 'shop');

  const key = new kms.Key(stack, 'OrdersKey', { alias: 'alias/orders', enableKeyRotation: true });
  tellKey('alias/orders', key);
  const { orders } = clusters(stack, key);

  const before = new ClusterSnapshot(stack, 'BeforeMigration', { cluster: orders, clusterEncryptionKey: key, trigger: '2026.11', keepLast: 5 });
  before.takeBefore(migration(stack));

  new ClusterSnapshotCopy(stack, 'Elsewhere', {
    source: before,
    region: ELSEWHERE,
    encryptionKey: kms.Alias.fromAliasName(stack, 'KeyThere', KEY_ELSEWHERE),
  });
  return app;
}

function migration(stack: Stack): Trigger {
  return new Trigger(stack, 'Migration', {
    handler: new lambda.Function(stack, 'Migrate', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => console.log("the migration of your choice")'),
      timeout: Duration.minutes(10),
    }),
  });
}

/** The table of the demo says "alias/orders" where RDS says "arn:aws:kms:…": an output whose description is the name. */
function tellKey(alias: string, key: kms.IKey): void {
  new CfnOutput(Stack.of(key), `Key${alias.replace(/\W/g, '')}`, { value: key.keyArn, description: alias });
}
