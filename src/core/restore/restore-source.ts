import { GuardedValues } from './guarded-values';

/** What a cluster is restored from, as CloudFormation reads its properties. */
export type RestoreSource =
  | { readonly kind: 'snapshot'; readonly identifierOrArn: string }
  | { readonly kind: 'point-in-time'; readonly cluster: SourceCluster; readonly at?: Date }
  /** Shares the storage of its source until one of them writes. */
  | { readonly kind: 'clone'; readonly cluster: SourceCluster }
  | { readonly kind: 'none' };

export type SourceCluster = { readonly identifierOrArn: string } | { readonly resourceId: string };

export function sourceOf(values: GuardedValues): RestoreSource {
  if (values.SnapshotIdentifier) {
    return { kind: 'snapshot', identifierOrArn: values.SnapshotIdentifier };
  }
  const { SourceDBClusterIdentifier: identifierOrArn, SourceDbClusterResourceId: resourceId } = values;
  const cluster = identifierOrArn ? { identifierOrArn } : resourceId ? { resourceId } : undefined;
  if (cluster === undefined) {
    return { kind: 'none' };
  }
  return values.RestoreType === 'copy-on-write'
    ? { kind: 'clone', cluster }
    : { kind: 'point-in-time', cluster, at: timeIn(values.RestoreToTime) };
}

function timeIn(text: string | undefined): Date | undefined {
  if (!text) {
    return undefined;
  }
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new Error(`RestoreToTime must be a time in UTC, for example 2026-11-22T09:30:00Z, got '${text}'`);
  }
  return time;
}
