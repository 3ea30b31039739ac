import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { aStack, anApp, templateOf } from '../support/constructs';
import { CLUSTER, GUARD, KEY_ARN, KINDS, Kind, MAKE, MYSQL, POSTGRES, Resource, SOURCE, behindGuard, leastProps } from '../support/restored-clusters';

type Props = rds.DatabaseClusterProps;
type Sample = (stack: Stack) => Partial<Props>;

const LEFT_TO_OUR_OWN_TESTS = 'refused, or with a default of our own: restored-clusters.test.ts';
const key = (stack: Stack) => kms.Key.fromKeyArn(stack, 'SampleKey', KEY_ARN);
const { MONTHS_15 } = rds.PerformanceInsightRetention;
const A_DAY = { cloudwatchLogsRetention: logs.RetentionDays.ONE_DAY };
const role = (stack: Stack, id = 'SampleRole') => iam.Role.fromRoleArn(stack, id, 'arn:aws:iam::111111111111:role/sample');
const bucket = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'SampleBucket', 'sample');
const unprotected = (removalPolicy: RemovalPolicy): Sample => () => ({ removalPolicy, deletionProtection: false });
/** Instances as they were written before there were writer and readers. */
const legacy = (props: Partial<rds.InstanceProps> = {}): Sample => (stack) => ({
  writer: undefined,
  vpc: undefined,
  vpcSubnets: undefined,
  instanceProps: { vpc: stack.node.findChild('Vpc') as ec2.Vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, ...props },
});

/** Every prop of a cluster of aws-rds: the compiler asks for those that a newer release adds. */
const SAMPLES: Readonly<Record<keyof Required<Props>, Readonly<Record<string, Sample>> | typeof LEFT_TO_OUR_OWN_TESTS>> = {
  engine: { postgres: () => ({ engine: POSTGRES }), mysql: () => ({ engine: MYSQL }) },
  writer: { provisioned: () => ({ writer: rds.ClusterInstance.provisioned('Main', { instanceType: new ec2.InstanceType('r6g.large'), caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1 }) }) },
  readers: { two: () => ({ readers: [rds.ClusterInstance.serverlessV2('Second', { scaleWithWriter: true }), rds.ClusterInstance.provisioned('Third', { promotionTier: 5 })] }) },
  serverlessV2MaxCapacity: { 16: () => ({ serverlessV2MaxCapacity: 16 }) },
  serverlessV2MinCapacity: { 1: () => ({ serverlessV2MinCapacity: 1 }) },
  serverlessV2AutoPauseDuration: { 'an hour': () => ({ serverlessV2MinCapacity: 0, serverlessV2AutoPauseDuration: Duration.hours(1) }) },
  instances: { three: (stack) => ({ ...legacy()(stack), instances: 3 }) },
  instanceProps: { small: legacy({ instanceType: new ec2.InstanceType('t4g.medium'), parameters: { log_statement: 'all' } }) },
  instanceUpdateBehaviour: { rolling: (stack) => ({ ...legacy()(stack), instanceUpdateBehaviour: rds.InstanceUpdateBehaviour.ROLLING }) },
  instanceIdentifierBase: { base: (stack) => ({ ...legacy()(stack), instanceIdentifierBase: 'orders-' }) },
  vpc: { 'another one': (stack) => ({ vpc: new ec2.Vpc(stack, 'OtherVpc', { maxAzs: 3 }), vpcSubnets: undefined }) },
  vpcSubnets: { private: (stack) => ({ vpc: new ec2.Vpc(stack, 'OtherVpc', { maxAzs: 3 }), vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } }) },
  securityGroups: { imported: (stack) => ({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Sg', 'sg-12345678')] }) },
  subnetGroup: { imported: (stack) => ({ subnetGroup: rds.SubnetGroup.fromSubnetGroupName(stack, 'Group', 'sample') }) },
  backtrackWindow: { 'a day': () => ({ engine: MYSQL, backtrackWindow: Duration.days(1) }) },
  backup: { 'two weeks': () => ({ backup: { retention: Duration.days(14), preferredWindow: '01:00-02:00' } }) },
  port: { 5555: () => ({ port: 5555 }) },
  clusterIdentifier: { given: () => ({ clusterIdentifier: 'orders-back' }) },
  defaultDatabaseName: LEFT_TO_OUR_OWN_TESTS,
  deletionProtection: { off: () => ({ deletionProtection: false }) },
  preferredMaintenanceWindow: { sunday: () => ({ preferredMaintenanceWindow: 'Sun:23:45-Mon:00:15' }) },
  parameterGroup: { imported: (stack) => ({ parameterGroup: rds.ParameterGroup.fromParameterGroupName(stack, 'Parameters', 'sample') }) },
  parameters: { one: () => ({ parameters: { log_statement: 'all' } }) },
  removalPolicy: Object.fromEntries(Object.values(RemovalPolicy).map((removalPolicy) => [removalPolicy, unprotected(removalPolicy)])),
  cloudwatchLogsExports: { postgresql: () => ({ cloudwatchLogsExports: ['postgresql'] }) },
  cloudwatchLogsRetention: { 'a month': () => ({ cloudwatchLogsExports: ['postgresql'], cloudwatchLogsRetention: logs.RetentionDays.ONE_MONTH }) },
  cloudwatchLogsRetentionRole: { imported: (stack) => ({ cloudwatchLogsExports: ['postgresql'], ...A_DAY, cloudwatchLogsRetentionRole: role(stack) }) },
  monitoringInterval: { minute: () => ({ monitoringInterval: Duration.minutes(1) }) },
  monitoringRole: { imported: (stack) => ({ monitoringInterval: Duration.minutes(1), monitoringRole: role(stack) }) },
  enableClusterLevelEnhancedMonitoring: { on: () => ({ monitoringInterval: Duration.minutes(1), enableClusterLevelEnhancedMonitoring: true }) },
  s3ImportRole: { imported: (stack) => ({ s3ImportRole: role(stack) }) },
  s3ImportBuckets: {
    postgres: (stack) => ({ s3ImportBuckets: [bucket(stack)] }),
    mysql: (stack) => ({ engine: MYSQL, s3ImportBuckets: [bucket(stack)] }),
  },
  s3ExportRole: { imported: (stack) => ({ s3ExportRole: role(stack) }) },
  s3ExportBuckets: { one: (stack) => ({ s3ExportBuckets: [bucket(stack)] }) },
  iamAuthentication: { on: () => ({ iamAuthentication: true }) },
  storageEncrypted: LEFT_TO_OUR_OWN_TESTS,
  storageEncryptionKey: { imported: (stack) => ({ storageEncryptionKey: key(stack) }) },
  storageType: { 'I/O-Optimized': () => ({ storageType: rds.DBClusterStorageType.AURORA_IOPT1 }) },
  copyTagsToSnapshot: { off: () => ({ copyTagsToSnapshot: false }) },
  networkType: { dual: () => ({ networkType: rds.NetworkType.DUAL }) },
  domain: { given: () => ({ domain: 'd-1234567890' }) },
  domainRole: { imported: (stack) => ({ domain: 'd-1234567890', domainRole: role(stack) }) },
  enableDataApi: { on: () => ({ enableDataApi: true }) },
  enableLocalWriteForwarding: { on: () => ({ engine: MYSQL, enableLocalWriteForwarding: true }) },
  enablePerformanceInsights: { on: () => ({ enablePerformanceInsights: true }) },
  performanceInsightRetention: { long: () => ({ performanceInsightRetention: MONTHS_15 }) },
  performanceInsightEncryptionKey: { imported: (stack) => ({ performanceInsightEncryptionKey: key(stack) }) },
  databaseInsightsMode: {
    advanced: () => ({ databaseInsightsMode: rds.DatabaseInsightsMode.ADVANCED, performanceInsightRetention: MONTHS_15 }),
  },
  autoMinorVersionUpgrade: { off: () => ({ autoMinorVersionUpgrade: false }) },
  clusterScalabilityType: { standard: () => ({ clusterScalabilityType: rds.ClusterScalabilityType.STANDARD }) },
  clusterScailabilityType: LEFT_TO_OUR_OWN_TESTS,
  engineLifecycleSupport: { standard: () => ({ engineLifecycleSupport: rds.EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED }) },
  deleteAutomatedBackups: { kept: () => ({ deleteAutomatedBackups: false }) },
  credentials: LEFT_TO_OUR_OWN_TESTS,
  replicationSourceIdentifier: LEFT_TO_OUR_OWN_TESTS,
};

const CASES = Object.entries(SAMPLES).flatMap(([prop, samples]) =>
  typeof samples === 'string' ? [] : Object.entries(samples).map(([sample, props]): [string, string, Sample] => [prop, sample, props]));

const FLAGS = { '@aws-cdk/aws-rds:preventRenderingDeprecatedCredentials': true, '@aws-cdk/aws-rds:lowercaseDbIdentifier': true };

type Resources = Record<string, Resource>;
const resourcesOf = (stack: Stack): Resources => templateOf(stack).toJSON().Resources;

/** What the CDK users would write who had no data, with the defaults of a restored cluster. */
function made(sample: Sample, context: Record<string, boolean>): Resources {
  const stack = aStack({ app: anApp({ context }) });
  new rds.DatabaseCluster(stack, 'Cluster', { ...leastProps(stack), clusterIdentifier: 'back', backup: { retention: Duration.days(7) }, deletionProtection: true, ...sample(stack) });
  const resources = Object.entries(resourcesOf(stack)).filter(([, { Type }]) => !Type.startsWith('AWS::SecretsManager::'));
  return Object.fromEntries(resources.map(([id, resource]) => {
    const { MasterUsername, MasterUserPassword, ...Properties } = resource.Properties;
    return [id, { ...resource, Properties }];
  }));
}

/** The same cluster restored: without our own resources, and with the values that the cluster takes from its guard. */
function restored(kind: Kind, sample: Sample, context: Record<string, boolean>): Resources {
  const stack = aStack({ app: anApp({ context }) });
  MAKE[kind](stack, { ...leastProps(stack), clusterIdentifier: 'back', ...sample(stack) });
  const all = resourcesOf(stack);
  const theirs = Object.entries(all).filter(([id, { Type }]) => Type !== GUARD && !id.startsWith('AuroraBackupRestores'));
  return Object.fromEntries(theirs.map(([id, { DependsOn, ...resource }]) => {
    const properties = Object.entries(resource.Properties ?? {}).map(([name, value]) => [name, behindGuard(all, value)] as const);
    const dependencies = [DependsOn ?? []].flat().filter((one) => all[one].Type !== GUARD);
    return [id, {
      ...resource,
      ...(resource.Properties ? { Properties: Object.fromEntries(properties.filter(([name]) => !(name in SOURCE[kind]))) } : {}),
      ...(dependencies.length > 0 ? { DependsOn: dependencies } : {}),
    }];
  }));
}

/** What a restored cluster must have. */
function expected(kind: Kind, sample: Sample, context: Record<string, boolean>): Resources {
  const resources = made(sample, context);
  const cluster = Object.values(resources).find(({ Type }) => Type === CLUSTER) as Resource;
  if (kind !== 'from a snapshot') {
    // CloudFormation does not allow it beside a source cluster, whose encryption the restored one has.
    delete cluster.Properties.StorageEncrypted;
  }
  return resources;
}

describe('a cluster from a point in time has what the cluster of aws-rds has', () => {
  test.each(CASES)('%s: %s', (_prop, _name, sample) => {
    expect(restored('from a point in time', sample, FLAGS)).toEqual(expected('from a point in time', sample, FLAGS));
  });
});

/** Something of each part of a cluster. */
const MANY: Sample = (stack) => Object.assign({}, ...(['readers', 'storageEncryptionKey', 's3ImportBuckets', 'cloudwatchLogsRetention', 'parameters', 'domain', 'monitoringInterval'] as const)
  .map((prop) => (Object.values(SAMPLES[prop])[0] as Sample)(stack)));

describe.each(KINDS)('a cluster %s', (kind) => {
  test.each(Object.keys(FLAGS))('is the same with and without the feature flag %s', (flag) => {
    for (const value of [true, false]) {
      const context = { ...FLAGS, [flag]: value };

      expect(restored(kind, MANY, context)).toEqual(expected(kind, MANY, context));
    }
  });
});
