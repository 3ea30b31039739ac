import { ResourceEnvironment, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { checkIsCluster } from './cluster-checks';
import { checkExportKey, checkPrefix, checkSameRegion } from './export-checks';
import { checkExportOnly } from './export-tables';
import { PlanClusters } from './plan-clusters';
import { hash } from '../core/identifiers';

/** What a plan says about one of its exports. */
export interface ExportSettings {
  readonly bucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly clusters?: readonly rds.IDatabaseCluster[];
  readonly prefix?: string;
  readonly exportOnly?: readonly string[];
  readonly role?: iam.IRole;
}

/** What of an export is known when the plan is made. */
export function checkExport(scope: IConstruct, settings: ExportSettings, { account, region }: ResourceEnvironment): void {
  const { bucket, encryptionKey, clusters, prefix, exportOnly, role } = settings;
  clusters?.forEach((cluster) => checkIsCluster(scope, 'exports.clusters', cluster));
  checkPrefix(scope, prefix);
  checkExportOnly(scope, exportOnly, engineOf(clusters));
  checkSameRegion(scope, `bucket '${bucket.node.path}'`, bucket.env.region, region, 'plan',
    'give a bucket of %; if an imported bucket is there, say so with s3.Bucket.fromBucketAttributes(…, { region })');
  checkExportKey(scope, 'exports.encryptionKey', encryptionKey, region, 'plan', account);
  if (clusters?.length === 0) {
    fail(scope, 'exports.clusters must not be an empty list; leave it out to export all clusters of the plan');
  }
  if (role && !Token.isUnresolved(role.env.account) && !Token.isUnresolved(account) && role.env.account !== account) {
    fail(scope, `exports.role '${role.node.path}' is in account ${role.env.account} and the plan in ${account}; `
      + `RDS takes roles of its own account only: give a role of ${account}`);
  }
}

/** What is known when all clusters were added: sentences about those that are exported and not backed up. */
export function exportsOfOtherClusters(exports: readonly ExportSettings[], planned: PlanClusters): string[] {
  return exports.flatMap(({ clusters = [] }) => clusters)
    .filter((cluster) => !planned.has(cluster))
    .map((cluster) => `exports.clusters names '${cluster.node.path}', which is no cluster of the plan; add it to the plan with clusters or addCluster, or leave it out`);
}

/**
 * Tells the exports of a plan apart: by bucket and prefix, and where these are the same by what else they say, so that another order is not
 * another export. What was exported in a period is known by it.
 */
export function exportIds(exports: readonly ExportSettings[]): string[] {
  const names = exports.map(({ bucket, prefix }) => (
    [bucket.node.id, ...(prefix === undefined || Token.isUnresolved(prefix) ? [] : [prefix])].join('-').replace(/[^A-Za-z0-9]+/g, '-')
  ));
  const details = exports.map(({ bucket, clusters = [], exportOnly = [] }) => (
    hash([bucket.node.path, ...clusters.map(({ node }) => node.path).sort(), '', ...exportOnly], 6)
  ));
  const isShared = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  const ids = names.map((name, index) => (isShared(name) ? `${name}-${details[index]}` : name));
  // Twice the same export is told apart by its place.
  return ids.map((id, index) => (ids.indexOf(id) === index ? id : `${id}-${index}`));
}

/** The engine, where all clusters of an export are known to have the same. */
function engineOf(clusters: readonly rds.IDatabaseCluster[] | undefined): string | undefined {
  const engines = new Set(clusters?.map(({ engine }) => engine?.engineType));
  return engines.size === 1 ? [...engines][0] : undefined;
}
