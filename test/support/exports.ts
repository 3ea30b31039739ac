/** Exports for tests of constructs: everything is in Ireland, unless a test says otherwise. */
import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { stackIn } from './constructs';
import { ExportSource, ExportTask, ExportTaskProps } from '../../src';

export const SNAPSHOT_ARN = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders';
export const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/lake';

export const lakeIn = (stack: Stack, region = 'eu-west-1', id = 'Lake') => s3.Bucket.fromBucketAttributes(stack, id, { bucketName: 'lake', region });
export const keyOf = (stack: Stack, arn = KEY_ARN, id = 'LakeKey') => kms.Key.fromKeyArn(stack, id, arn);

export function clusterOf(stack: Stack, engine?: string): rds.IDatabaseCluster {
  const ofType = (engineType: string) => ({ engineType, supportedLogTypes: [], bindToCluster: () => ({}) }) as unknown as rds.IClusterEngine;
  return rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Orders', { clusterIdentifier: 'orders', engine: engine === undefined ? undefined : ofType(engine) });
}

/** An export of an imported snapshot, but for what a test is about. */
export function exportIn(stack: Stack, props: Partial<ExportTaskProps> = {}, id = 'Export'): ExportTask {
  return new ExportTask(stack, id, {
    ...props,
    source: props.source ?? ExportSource.snapshotArn(SNAPSHOT_ARN),
    bucket: props.bucket ?? lakeIn(stack),
    encryptionKey: props.encryptionKey ?? keyOf(stack),
  });
}

/** The same in a stack of its own. */
export function exportWith(props: Partial<ExportTaskProps> | ((stack: Stack) => Partial<ExportTaskProps>) = {}): ExportTask {
  const stack = stackIn('eu-west-1');
  return exportIn(stack, typeof props === 'function' ? props(stack) : props);
}
