import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, SecretValue, Stack } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { version } from 'aws-cdk-lib/package.json';
import { AuroraBackupPlan, RetentionPolicy } from '../src';

/**
 * What a plan adds to an app: time to synthesize, resources, size of the template; beside the same app without it, and with the BackupPlan of
 * aws-backup. The times are of this machine: compare them with one another.
 */
const RUNS = 7;

/** Clusters of the stack itself, which has room for 500 resources. */
const DEFINED = [1, 100, 200];
/** More than that are clusters of other stacks. */
const IMPORTED = 1000;

/** What every app has, with backups or without. */
interface Surroundings {
  readonly stack: Stack;
  readonly clusters: rds.IDatabaseCluster[];
  readonly key: kms.Key;
  readonly lake: s3.Bucket;
}

interface Variant {
  readonly name: string;
  readonly clusters: number;
  readonly imported: boolean;
  readonly add: (app: Surroundings) => void;
}

const CRON = { minute: '0', hour: '3' };
const COMMON = {
  planName: 'bench', schedule: ScheduleExpression.cron(CRON), retention: RetentionPolicy.keepLast(7), snapshotQuota: 100_000,
};

const BACKUPS: Readonly<Record<string, Variant['add']>> = {
  'no backups': () => undefined,
  'BackupPlan of aws-backup': ({ stack, clusters }) => {
    const plan = new backup.BackupPlan(stack, 'Backups', {
      backupPlanRules: [new backup.BackupPlanRule({ scheduleExpression: events.Schedule.cron(CRON) })],
    });
    plan.addSelection('Clusters', { resources: clusters.map((cluster) => backup.BackupResource.fromRdsDatabaseCluster(cluster as rds.DatabaseCluster)) });
  },
  'AuroraBackupPlan': ({ stack, clusters }) => {
    new AuroraBackupPlan(stack, 'Backups', { ...COMMON, clusters });
  },
  'AuroraBackupPlan with copy, share and export': ({ stack, clusters, key, lake }) => {
    new AuroraBackupPlan(stack, 'Backups', {
      ...COMMON,
      clusters,
      copies: [{ region: 'eu-central-1', encryptionKey: kms.Alias.fromAliasName(stack, 'KeyElsewhere', 'alias/elsewhere') }],
      shareWith: ['111122223333'],
      exports: [{ bucket: lake, encryptionKey: key }],
    });
  },
};

const VARIANTS: readonly Variant[] = [
  ...DEFINED.flatMap((clusters) => Object.entries(BACKUPS).map(([name, add]) => ({ name, clusters, imported: false, add }))),
  // AWS Backup selects at most 500 resources by their ARNs.
  ...Object.entries(BACKUPS).filter(([name]) => !name.includes('aws-backup')).map(([name, add]) => ({ name, clusters: IMPORTED, imported: true, add })),
];

function define({ clusters, imported, add }: Variant, outdir: string): App {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Bench', { env: { account: '444455556666', region: 'eu-west-1' } });
  const key = new kms.Key(stack, 'Key');
  const lake = new s3.Bucket(stack, 'Lake');
  const add_ = imported ? importedCluster(stack) : definedCluster(stack, key);
  add({ stack, key, lake, clusters: Array.from({ length: clusters }, (_, index) => add_(`Cluster${index}`)) });
  return app;
}

function importedCluster(stack: Stack) {
  return (id: string) => rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, id, { clusterIdentifier: id });
}

/** Two resources each: cluster and writer. */
function definedCluster(stack: Stack, storageEncryptionKey: kms.IKey) {
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 2, natGateways: 0, restrictDefaultSecurityGroup: false, subnetConfiguration: [{ name: 'Database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  const common = {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    credentials: rds.Credentials.fromPassword('bench', SecretValue.ssmSecure('/bench/password')),
    vpc,
    securityGroups: [new ec2.SecurityGroup(stack, 'SecurityGroup', { vpc })],
    subnetGroup: new rds.SubnetGroup(stack, 'Subnets', { description: 'bench', vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } }),
    storageEncryptionKey,
  };
  return (id: string) => new rds.DatabaseCluster(stack, id, { ...common, writer: rds.ClusterInstance.serverlessV2('Writer') });
}

interface Measured {
  readonly milliseconds: number;
  readonly resources: number;
  readonly kB: number;
}

function measure(variant: Variant, folder: string): Measured {
  const outdir = mkdtempSync(join(folder, 'out-'));
  // Of this process only: what else the machine does is not measured.
  const before = process.cpuUsage();
  const assembly = define(variant, outdir).synth();
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000;
  const file = readFileSync(assembly.getStackByName('Bench').templateFullPath);
  rmSync(outdir, { recursive: true });
  return { milliseconds, resources: Object.keys(JSON.parse(file.toString()).Resources).length, kB: file.length / 1000 };
}

export function synth(): void {
  const folder = mkdtempSync(join(tmpdir(), 'synth-'));
  try {
    VARIANTS.forEach((variant) => measure(variant, folder)); // everything is loaded and warm
    const measured = new Map(VARIANTS.map((variant) => [variant, [] as Measured[]]));
    // Taken in turns, so that a noisy moment of the machine does not fall on one variant alone.
    for (let run = 0; run < RUNS; run++) {
      VARIANTS.forEach((variant) => measured.get(variant)!.push(measure(variant, folder)));
    }
    console.table(VARIANTS.map((variant) => {
      const runs = measured.get(variant)!;
      const { resources, kB } = runs[0];
      const times = runs.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
      return {
        'clusters': `${variant.clusters}${variant.imported ? ' imported' : ''}`,
        'app with': variant.name,
        'resources': resources,
        'template, kB': Math.round(kB),
        'synth, ms of CPU (median)': Math.round(times[Math.floor(RUNS / 2)]),
      };
    }));
    console.log(`${RUNS} synths each, Node ${process.version}, aws-cdk-lib ${version}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
