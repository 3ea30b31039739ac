import { IConstruct } from 'constructs';
import { CompletionMode } from '../core/requests';

/** How the constructs of this library tell one another what they know of their snapshots beside the public interface. */
export const SNAPSHOT_FACTS = Symbol.for('cdk-aurora-backup.snapshotFacts');

export interface SnapshotFacts {
  /**
   * The ARNs that a policy has to allow for the snapshot to be read. A pattern: the ARN itself is only known while the stack
   * deploys, and a policy that referred to it would depend on the resource that needs it.
   */
  readonly arnPattern: string;
  /** Whether the deploy waits until the snapshot is complete. */
  readonly completion: CompletionMode;
  /** Whether its trigger makes another one again and again, of which each copy is another copy. */
  readonly isRetaken?: boolean;
  /** The engine of the cluster, if it is known at synth. */
  readonly engine?: string;
}

/** Nothing of a snapshot that the app does not make. */
export function factsOf(snapshot: IConstruct): Partial<SnapshotFacts> {
  return (snapshot as { [SNAPSHOT_FACTS]?: SnapshotFacts })[SNAPSHOT_FACTS] ?? {};
}

/** Whether there may be nothing of it for hours: the deploy does not wait until it is complete, nor even until it has begun. */
export function mayBeQueued(source: IConstruct): true | undefined {
  const { completion = CompletionMode.FAIL } = factsOf(source);
  return completion === CompletionMode.FAIL ? undefined : true;
}

/** The ARNs that a policy has to allow for this snapshot to be read: a pattern for our own, the ARN itself for an imported one. */
export function policyArnOf(snapshot: IConstruct & { readonly snapshotArn: string }): string {
  return factsOf(snapshot).arnPattern ?? snapshot.snapshotArn;
}
