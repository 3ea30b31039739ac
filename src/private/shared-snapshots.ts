import { Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';

// Looked up by name, so that two copies of the library in one app share what they know.
const SHARED_SNAPSHOTS = Symbol.for('cdk-aurora-backup.SharedSnapshots');

/** The snapshots of an app, by their construct and by their ARN, with the construct that shares each. */
type SharedSnapshots = Map<IConstruct | string, IConstruct>;

/** With whom a snapshot is shared has one owner in the app: two would take away each other's accounts. */
export function claimSnapshot(scope: IConstruct, snapshot: IConstruct & { readonly snapshotArn: string }): void {
  const claims = sharedIn(scope.node.root);
  const names = Token.isUnresolved(snapshot.snapshotArn) ? [snapshot] : [snapshot, snapshot.snapshotArn];
  const owner = names.map((name) => claims.get(name)).find((claim) => claim !== undefined);
  if (owner !== undefined) {
    fail(scope, `snapshot '${snapshot.node.path}' is shared by '${owner.node.path}' already, and two would take away each other's accounts; name all accounts there, `
      + 'or set encryptionKey here, and a copy is shared');
  }
  names.forEach((name) => claims.set(name, scope));
}

function sharedIn(root: IConstruct): SharedSnapshots {
  const holder = root as IConstruct & { [SHARED_SNAPSHOTS]?: SharedSnapshots };
  if (!holder[SHARED_SNAPSHOTS]) {
    Object.defineProperty(holder, SHARED_SNAPSHOTS, { value: new Map(), enumerable: false });
  }
  return holder[SHARED_SNAPSHOTS]!;
}
