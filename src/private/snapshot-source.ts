/**
 * How the constructs of this library tell one another which ARNs their snapshots have, without naming the snapshot: its
 * ARN is only known while the stack deploys, and a policy that referred to it would depend on the resource that needs it.
 */
export const SNAPSHOT_ARN_PATTERN = Symbol.for('cdk-aurora-backup.snapshotArnPattern');

export interface HasSnapshotArnPattern {
  readonly [SNAPSHOT_ARN_PATTERN]: string;
}

/** The ARNs that a policy has to allow for this snapshot to be read: a pattern for our own, the ARN itself for an imported one. */
export function policyArnOf(snapshot: { readonly snapshotArn: string }): string {
  return (snapshot as Partial<HasSnapshotArnPattern>)[SNAPSHOT_ARN_PATTERN] ?? snapshot.snapshotArn;
}
