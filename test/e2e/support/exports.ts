import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Declaration } from './deployed-stack';
import { E2e } from './e2e';
import { clusterOf, snapshotArn } from './subjects';
import { BUCKET, Lake } from '../../local/lake';
import { ExportSource, ExportTask, ExportTaskProps } from 'cdk-aurora-backup';

/** What a test declares about an export: whatever is not the lake that all tests export to. */
export type ExportProps = Partial<ExportTaskProps> | ((stack: Stack) => Partial<ExportTaskProps>);

/** A bucket and a key that are there before any stack. */
export async function prepareLake(aws: E2e): Promise<Lake> {
  return Lake.of(aws.world);
}

function exportOf(lake: Lake, source: (stack: Stack) => ExportSource, props: ExportProps, id: string): Declaration {
  return (stack) => {
    const given = typeof props === 'function' ? props(stack) : props;
    new ExportTask(stack, id, {
      source: source(stack),
      ...given,
      bucket: given.bucket ?? s3.Bucket.fromBucketName(stack, `BucketOf${id}`, BUCKET),
      encryptionKey: given.encryptionKey ?? kms.Key.fromKeyArn(stack, `KeyOf${id}`, lake.key),
    });
  };
}

/** Of the snapshot `source`, which somebody else made. */
export function exportOfSnapshot(lake: Lake, props: ExportProps = {}, id: string = 'Export', identifier: string = 'source'): Declaration {
  return exportOf(lake, () => ExportSource.snapshotArn(snapshotArn(identifier)), props, id);
}

/** Of the live cluster `orders`. */
export function exportOfCluster(lake: Lake, props: ExportProps = {}, id: string = 'Export', cluster: string = 'orders'): Declaration {
  return exportOf(lake, (stack) => ExportSource.cluster(clusterOf(stack, cluster)), props, id);
}
