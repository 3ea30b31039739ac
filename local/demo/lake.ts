import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { clusters } from './clusters';
import { ClusterSnapshot, Completion, ExportSource, ExportTask } from '../../src';
import { localSynthesizer } from '../cdk-cli';

export const LAKE_REGION = 'eu-west-1';
export const LAKE_BUCKET = 'shop-lake';

/** The app of the chapter, written as users write theirs. Only the synthesizer is for the local AWS. */
export function lake(outdir: string): App {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Lake', { env: { region: LAKE_REGION }, synthesizer: localSynthesizer() });

  const ordersKey = new kms.Key(stack, 'OrdersKey', { enableKeyRotation: true });
  // So that what is destroyed with the stack is gone at once.
  const { orders, billing } = clusters(stack, ordersKey, RemovalPolicy.DESTROY);

  const encryptionKey = new kms.Key(stack, 'LakeKey', { enableKeyRotation: true });
  const bucket = new s3.Bucket(stack, 'Bucket', { bucketName: LAKE_BUCKET, encryptionKey, enforceSSL: true });
  const notificationTopic = new sns.Topic(stack, 'Outcomes');

  const snapshot = new ClusterSnapshot(stack, 'OfNovember', { cluster: orders, clusterEncryptionKey: ordersKey, trigger: '2026-11', keepLast: 3 });
  new ExportTask(stack, 'OrdersToLake', {
    source: ExportSource.snapshot(snapshot),
    bucket,
    encryptionKey,
    prefix: 'orders',
    exportOnly: ['shop.public', 'shop.sales.invoices'],
    notificationTopic,
    completion: Completion.background(),
  });
  new ExportTask(stack, 'BillingToLake', {
    source: ExportSource.cluster(billing),
    bucket,
    encryptionKey,
    prefix: 'billing',
    notificationTopic,
    completion: Completion.waitFor({ timeout: Duration.minutes(10) }),
  });
  return app;
}
