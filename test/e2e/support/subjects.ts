import { Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Declaration } from './deployed-stack';
import { E2e } from './e2e';
import { ACCOUNT, HERE, THERE } from '../../local/world';
import {
  ClusterSnapshot, ClusterSnapshotCopy, ClusterSnapshotCopyProps, ClusterSnapshotProps, ClusterSnapshotShare, ClusterSnapshotShareProps,
} from 'cdk-aurora-backup';

/** The account of the auditors. */
export const AUDIT = '222222222222';

/** A cluster that exists outside of the stack. */
export function clusterOf(stack: Stack, clusterIdentifier: string): rds.IDatabaseCluster {
  const id = `Cluster-${clusterIdentifier}`;
  return stack.node.tryFindChild(id) as rds.IDatabaseCluster | undefined
    ?? rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, id, { clusterIdentifier });
}

export function snapshotArn(identifier: string, region: string = HERE, account: string = ACCOUNT): string {
  return `arn:aws:rds:${region}:${account}:cluster-snapshot:${identifier}`;
}

export function snapshotOf(cluster: string, props: Partial<ClusterSnapshotProps> = {}, id: string = 'Snapshot'): Declaration {
  return (stack) => {
    new ClusterSnapshot(stack, id, { cluster: clusterOf(stack, cluster), ...props });
  };
}

/** Of the cluster `orders`, which most tests are about. */
export function snapshotOfOrders(props: Partial<ClusterSnapshotProps> = {}, id?: string): Declaration {
  return snapshotOf('orders', props, id);
}

export function copyOf(sourceArn: string, props: Partial<ClusterSnapshotCopyProps> = {}, id: string = 'Copy'): Declaration {
  return (stack) => {
    const source = ClusterSnapshot.fromSnapshotArn(stack, `SourceOf${id}`, sourceArn);
    new ClusterSnapshotCopy(stack, id, { source, ...props });
  };
}

/** Shares a snapshot with the account of the auditors. */
export function shareOf(identifier: string, props: Partial<ClusterSnapshotShareProps> = {}, id: string = 'Share'): Declaration {
  return (stack) => {
    const snapshot = ClusterSnapshot.fromSnapshotArn(stack, `SourceOf${id}`, snapshotArn(identifier));
    new ClusterSnapshotShare(stack, id, { snapshot, accountIds: [AUDIT], ...props });
  };
}

/** Several declarations in one stack. */
export function together(...declarations: Declaration[]): Declaration {
  return (stack) => declarations.forEach((declare) => declare(stack));
}

type CommonProps = Pick<ClusterSnapshotProps, 'removalPolicy' | 'completion' | 'tags'>;

/** An operation that a fault can hit: what is declared, which call makes the thing, and where it comes to be. */
export interface Subject {
  readonly operation: 'take' | 'copy';
  readonly action: string;
  readonly region: string;
  /** For the settings of the emulator: how long it takes. */
  readonly seconds: 'snapshotSeconds' | 'copySeconds';
  readonly declared: (props?: CommonProps) => Declaration;
}

export const SNAPSHOT: Subject = {
  operation: 'take',
  action: 'rds:CreateDBClusterSnapshot',
  region: HERE,
  seconds: 'snapshotSeconds',
  declared: (props) => snapshotOfOrders(props),
};

/** A copy into another Region, of a snapshot that somebody else made. */
export const COPY: Subject = {
  operation: 'copy',
  action: 'rds:CopyDBClusterSnapshot',
  region: THERE,
  seconds: 'copySeconds',
  declared: (props) => copyOf(snapshotArn('source'), { region: THERE, ...props }),
};

/** What both subjects need, and snapshots in both Regions that are none of their business. */
export async function prepareWorld(aws: E2e): Promise<void> {
  await aws.world.cluster('orders');
  await aws.world.cluster('elsewhere', {}, THERE);
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'source', tags: { team: 'shop' } });
  await aws.local.seedSnapshot({ cluster: 'elsewhere', region: THERE, type: 'manual', identifier: 'bystander' });
}

/** What the library did not make, as far as somebody could change it by mistake. */
export async function bystanders(aws: E2e) {
  return (await aws.local.snapshots())
    .filter((snapshot) => !snapshot.DBClusterSnapshotIdentifier.startsWith('cab-'))
    .map(({ DBClusterSnapshotArn, Tags, SharedWith }) => ({ DBClusterSnapshotArn, Tags, SharedWith }));
}

/** A resource that CloudFormation cannot make, tried after the constructs with the given ids. */
export function somethingThatFails(...after: string[]): Declaration {
  return (stack) => {
    const queue = new sqs.CfnQueue(stack, 'Broken', { fifoQueue: true, queueName: 'not-the-name-of-a-fifo-queue' });
    after.forEach((id) => queue.node.addDependency(stack.node.findChild(id)));
  };
}
