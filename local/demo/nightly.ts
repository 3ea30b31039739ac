import { App, Duration, RemovalPolicy, Stack, Tags, TimeZone } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { clusters } from './clusters';
import { ELSEWHERE, HOME } from './shop';
import { AuroraBackupPlan, RetentionPolicy } from '../../src';
import { localSynthesizer } from '../cdk-cli';

export const PLAN_NAME = 'shop-nightly';
const KEY_ELSEWHERE = 'alias/shop-elsewhere';

/** The app of the chapter, written as users write theirs. Only the synthesizer is for the local AWS. */
export function nightly(outdir: string): App {
  const app = new App({ outdir });

  const elsewhere = new Stack(app, 'KeyElsewhere', { env: { region: ELSEWHERE }, synthesizer: localSynthesizer() });
  new kms.Key(elsewhere, 'Key', { alias: KEY_ELSEWHERE, enableKeyRotation: true });

  const stack = new Stack(app, 'Nightly', { env: { region: HOME }, synthesizer: localSynthesizer() });
  stack.addDependency(elsewhere);
  Tags.of(stack).add('team', 'shop');
  const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  // So that what is destroyed with the stack is gone at once.
  const { orders, billing } = clusters(stack, key, RemovalPolicy.DESTROY, key);

  const plan = new AuroraBackupPlan(stack, 'Plan', {
    planName: PLAN_NAME,
    clusters: [orders, billing],
    schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_PARIS }),
    retention: RetentionPolicy.tiered({ daily: 3, weekly: 2 }),
    copies: [{
      region: ELSEWHERE,
      encryptionKey: kms.Alias.fromAliasName(stack, 'KeyThere', KEY_ELSEWHERE),
      retention: RetentionPolicy.keepLast(2),
    }],
    notificationTopic: new sns.Topic(stack, 'Verdicts'),
  });
  plan.alarmOnNewestSnapshotAge('TooOld', { maximumAge: Duration.hours(36) });
  return app;
}
