/**
 * What cdk-nag's AwsSolutions pack finds in the examples, each with the reason why it stays.
 * The list is exact: a new finding fails test/gates/nag.test.ts, and so does one that is gone.
 *
 * `<owner>` stands for the prefix of what a stack has made, and `<AWS::Region>` for the Region of the stack, also where it is known.
 */
export interface NagFindings {
  readonly rule: string;
  /** Construct paths: below the helpers of the library in the first list, from the app in the second. */
  readonly at: readonly string[];
  readonly reason: string;
}

const FRAMEWORK = ['isComplete', 'onEvent', 'onTimeout'].map((name) => `Provider/framework-${name}`);

/** Of the CDK's Provider framework below the helpers of that id. */
function frameworkFindings(helpers: string, targets = ['IsComplete', 'OnEvent'], provider = helpers): NagFindings[] {
  return [
    {
      rule: 'AwsSolutions-L1',
      at: FRAMEWORK,
      reason: "the runtime of the Provider framework's own functions is chosen by aws-cdk-lib",
    },
    {
      rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      at: FRAMEWORK.map((path) => `${path}/ServiceRole`),
      reason: 'a role of the Provider framework of aws-cdk-lib; the policy lets it write logs and nothing else',
    },
    ...targets.map((target) => ({
      rule: `AwsSolutions-IAM5[Resource::<${helpers}${target}.Arn>:*]`,
      at: FRAMEWORK.map((path) => `${path}/ServiceRole/DefaultPolicy`),
      reason: 'the Provider framework of aws-cdk-lib calls our function in any of its versions, and no other function',
    })),
    ...['isComplete', 'onTimeout'].map((target) => ({
      rule: `AwsSolutions-IAM5[Resource::<${provider}Providerframework${target}.Arn>:*]`,
      at: ['Provider/waiter-state-machine/Role/DefaultPolicy'],
      reason: "the waiter of the Provider framework calls the framework's function in any of its versions, and no other function",
    })),
    {
      rule: 'AwsSolutions-SF1',
      at: ['Provider/waiter-state-machine'],
      reason: 'the functions that the waiter calls log each step; the events of the machine in between would say the same at the price of a second log',
    },
    {
      rule: 'AwsSolutions-SF2',
      at: ['Provider/waiter-state-machine'],
      reason: 'the waiter of the Provider framework of aws-cdk-lib has no tracing to turn on',
    },
  ];
}

/** In every stack that has the helpers of the library. */
export const LIBRARY_FINDINGS: readonly NagFindings[] = [
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:*:<AWS::AccountId>:cluster-snapshot:<owner>-*]',
    at: ['StartRole', 'CancelRole'],
    reason: 'the snapshots that the stack has made, whose names are not known before; the ownership tag is a condition too. Any Region, because a copy has to be '
      + 'found and deleted after its Region has left the template',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:<AWS::Region>:<AWS::AccountId>:cluster-snapshot:<owner>-*]',
    at: ['StartRole'],
    reason: 'the names of new snapshots are made when they are taken; only ours begin with this prefix, and the ownership tag has to be given with the request',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:*:<AWS::AccountId>:cluster-snapshot:*]',
    at: ['StartRole', 'CancelRole', 'IsCompleteRole'],
    reason: 'looking: RDS lists snapshots only of an account and Region as a whole. Acting, where names were chosen by the user: two ownership tags are conditions. '
      + 'Sharing, whoever made the snapshot: the tag with which this very stack has claimed it is a condition',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:*:<AWS::AccountId>:cluster:*]',
    at: ['StartRole', 'CancelRole', 'IsCompleteRole'],
    reason: 'only looking, at the snapshots of a cluster: RDS lists them of an account and Region as a whole',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:*:<AWS::AccountId>:snapshot:*]',
    at: ['StartRole', 'CancelRole', 'IsCompleteRole'],
    reason: 'only listing export tasks: RDS does not say of which of three kinds of resources the list is, and this is the third',
  },
  {
    rule: 'AwsSolutions-L1',
    at: ['Start', 'Cancel', 'OnEvent', 'IsComplete'],
    reason: 'the runtime is bundled and tested for Node.js 22, the newest one that every CDK version we support knows; it moves with a release of the library',
  },
  ...frameworkFindings('AuroraBackupOperations'),
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    at: ['CancelRole'],
    reason: 'rds:CancelExportTask has no resource type, so IAM cannot narrow it; the function cancels only tasks whose identifier says that this very resource started them',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<AuroraBackupOperationsWatch.Name>:*]',
    at: ['Watch/HandOver'],
    reason: 'the executions of one state machine of this stack, whose names are made when work is handed over',
  },
  {
    rule: 'AwsSolutions-SF1',
    at: ['Watch/Resource'],
    reason: 'the functions that the watch calls log each step, and its end is an event and a metric; a standard workflow keeps its history for 90 days anyway',
  },
  {
    rule: 'AwsSolutions-SF2',
    at: ['Watch/Resource'],
    reason: 'a watch waits nearly all of its time; tracing would cost and show nothing. An Aspect can turn it on',
  },
];

/** In every stack with restored clusters, guards or restore points. */
export const RESTORE_FINDINGS: readonly NagFindings[] = [
  ...['cluster-snapshot', 'cluster', 'cluster-auto-backup'].map((kind) => ({
    rule: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:<AWS::Region>:*:${kind}:*]`,
    at: ['IsCompleteRole'],
    reason: 'only looking: RDS lists snapshots, clusters and automated backups only as a whole, and those that other accounts share have the ARN of their owner',
  })),
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/cdk-aurora-backup/<owner>/*]',
    at: ['IsCompleteRole'],
    reason: 'what the restore points of this very stack have found, one parameter for each trigger',
  },
  {
    rule: 'AwsSolutions-L1',
    at: ['OnEvent', 'IsComplete'],
    reason: 'the runtime is bundled and tested for Node.js 22, the newest one that every CDK version we support knows; it moves with a release of the library',
  },
  ...frameworkFindings('AuroraBackupRestores'),
];

const ANY_OF_ACCOUNT = 'arn:<AWS::Partition>:rds:*:<AWS::AccountId>';
const AT_HOME = 'arn:<AWS::Partition>:rds:<AWS::Region>:<AWS::AccountId>';

/** In every stack that has backup plans: the functions that they share. */
export const PLAN_FUNCTION_FINDINGS: readonly NagFindings[] = [
  {
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:cluster-snapshot:<owner>-*]`,
    at: ['PruneRole'],
    reason: 'the snapshots of the plans, whose names are not known before; three tags are conditions. Any Region, because copies outlive what is declared',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${AT_HOME}:cluster-snapshot:<owner>-*]`,
    at: ['StartRole'],
    reason: 'the names of new snapshots are made when they are taken; only those of the plans begin with this prefix, and the owner tag has to be given with the request',
  },
  ...['cluster-snapshot', 'cluster', 'snapshot'].map((kind) => ({
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:${kind}:*]`,
    at: ['LookRole', 'StartRole', 'PruneRole'],
    reason: 'only looking: RDS lists snapshots and export tasks only of an account and Region as a whole',
  })),
  {
    rule: `AwsSolutions-IAM5[Resource::${AT_HOME}:cluster:*]`,
    at: ['LookRole', 'StartRole'],
    reason: 'only looking at clusters: RDS lists them as a whole',
  },
  {
    rule: 'AwsSolutions-L1',
    at: ['Runs', 'Look', 'Start', 'Prune'],
    reason: 'the runtime is bundled and tested for Node.js 22, the newest one that every CDK version we support knows; it moves with a release of the library',
  },
];

/** In every stack that has plans whose snapshots go with it. */
export const PLAN_REMOVAL_FINDINGS: readonly NagFindings[] = [
  {
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:cluster-snapshot:cab-*]`,
    at: ['RemoveRole'],
    reason: 'whatever the plans of this very stack have made, whatever they are called by now and wherever it is: a tag that names the stack by its id is a condition',
  },
  ...['cluster-snapshot', 'cluster', 'snapshot'].map((kind) => ({
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:${kind}:*]`,
    at: ['RemoveRole'],
    reason: 'only looking: RDS lists snapshots and export tasks only of an account and Region as a whole',
  })),
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:<AWS::Region>:<AWS::AccountId>:cluster:*]',
    at: ['RemoveRole'],
    reason: 'only looking, whether a cluster is protected: plans select clusters by tag as well, and their snapshots may be of clusters that left them',
  },
  {
    rule: 'AwsSolutions-L1',
    at: ['Remove'],
    reason: 'the runtime is bundled and tested for Node.js 22, the newest one that every CDK version we support knows; it moves with a release of the library',
  },
  ...frameworkFindings('AuroraBackupPlans', ['Remove'], 'AuroraBackupPlansRemovals')
    .map((findings) => ({ ...findings, at: findings.at.map((path) => `Removals/${path}`) })),
];

const EXECUTIONS = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution';

/** In every plan. */
export const PLAN_FINDINGS: readonly NagFindings[] = [
  {
    rule: `AwsSolutions-IAM5[Resource::${EXECUTIONS}:<Run.Name>:*]`,
    at: ['Workflow/Clusters', 'Workflow/HandOver'],
    reason: 'the executions of one state machine, whose names are made when runs begin',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${EXECUTIONS}:<Run.Name>/*]`,
    at: ['Workflow/Clusters'],
    reason: 'the executions of the clusters of a run, whose names Step Functions makes',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${EXECUTIONS}:<Delivery.Name>:*]`,
    at: ['Workflow/HandOver'],
    reason: 'the executions of one state machine, whose names are made when copies and exports have their turn',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<Run>/*]',
    at: ['Workflow/Clusters'],
    reason: 'the distributed maps of one state machine, which count as state machines of their own below its name',
  },
  {
    rule: 'AwsSolutions-SF1',
    at: ['Workflow/Run', 'Workflow/Delivery'],
    reason: 'the functions that the machines call log each step, and the end of everything is an event and a metric; standard workflows keep their history for 90 days anyway',
  },
  {
    rule: 'AwsSolutions-SF2',
    at: ['Workflow/Run', 'Workflow/Delivery'],
    reason: 'a run waits nearly all of its time; tracing would cost and show nothing. An Aspect can turn it on',
  },
];

/** In every vault. */
export const VAULT_FINDINGS: readonly NagFindings[] = [
  {
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:cluster-snapshot:<owner>-*]`,
    at: ['Functions/PruneRole', 'Functions/ReleaseRole'],
    reason: 'the copies of the vault, whose names are not known before; three tags are conditions. Any Region, because copies outlive what is declared',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${AT_HOME}:cluster-snapshot:<owner>-*]`,
    at: ['Functions/StartRole'],
    reason: 'the names of copies are made when they are made; only those of the vault begin with this prefix, and its tags are conditions',
  },
  ...['cluster-snapshot', 'cluster'].map((kind) => ({
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:${kind}:*]`,
    at: ['Functions/LookRole', 'Functions/StartRole', 'Functions/PruneRole', 'Functions/ReleaseRole'],
    reason: 'only looking: RDS lists snapshots only of an account and Region as a whole',
  })),
  {
    rule: `AwsSolutions-IAM5[Resource::${ANY_OF_ACCOUNT}:snapshot:*]`,
    at: ['Functions/PruneRole'],
    reason: 'only looking: RDS lists export tasks only of an account and Region as a whole',
  },
  ...['GenerateDataKey*', 'ReEncrypt*'].map((action) => ({
    rule: `AwsSolutions-IAM5[Action::kms:${action}]`,
    at: ['Functions/StartRole'],
    reason: 'what the guide asks for on the key of a snapshot that another account shares; which of it RDS uses is not documented',
  })),
  {
    rule: 'AwsSolutions-L1',
    at: ['Runs', 'Look', 'Start', 'Prune', 'Release'].map((name) => `Functions/${name}`),
    reason: 'the runtime is bundled and tested for Node.js 22, the newest one that every CDK version we support knows; it moves with a release of the library',
  },
  {
    rule: 'AwsSolutions-SF1',
    at: ['Arrive', 'Receive', 'Release', 'Sweep'].map((name) => `Workflow/${name}`),
    reason: 'the functions that the machines call log each step, and the end of everything is an event or a metric; standard workflows keep their history for 90 days anyway',
  },
  {
    rule: 'AwsSolutions-SF2',
    at: ['Arrive', 'Receive', 'Release', 'Sweep'].map((name) => `Workflow/${name}`),
    reason: 'copies are waited for nearly all of the time; tracing would cost and show nothing. An Aspect can turn it on',
  },
];

/** The key of a cluster that nobody has told. */
const unknownKey = (stack: string): NagFindings => ({
  rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*]',
  at: [`${stack}/AuroraBackupPlans/StartRole`],
  reason: 'nobody told the app which key some of the clusters have (clusterEncryptionKey would); only through RDS in this Region',
});

const copiesTo = (region: string, stack: string): NagFindings => ({
  rule: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:${region}:<AWS::AccountId>:cluster-snapshot:<owner>-*]`,
  at: [`${stack}/AuroraBackupPlans/StartRole`],
  reason: 'the names of copies are made when they are made; only those of the plans begin with this prefix, and the owner tag has to be given with the request',
});

const keyByAlias = (region: string, stack: string): NagFindings => ({
  rule: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:${region}:<AWS::AccountId>:key/*]`,
  at: [`${stack}/AuroraBackupPlans/StartRole`],
  reason: 'the key is given by its alias, which IAM knows as a condition only: the condition is there, and so is that only RDS may ask',
});

/** Why a restored cluster does not say that it is encrypted. */
const CARRIES_ENCRYPTION = 'the cluster is encrypted as its source is, with the key of its source: CloudFormation takes no StorageEncrypted beside a restore that names no key';

/** What an example adds to that: the rights for what it declares, and its own resources. */
export const EXAMPLE_FINDINGS: Record<string, readonly NagFindings[]> = {
  'copy-to-dr-region': [
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:eu-central-1:<AWS::AccountId>:cluster-snapshot:<owner>-*]',
      at: ['Orders/AuroraBackupOperations/StartRole'],
      reason: 'the name of the copy is made when the copy is made; only ours begin with this prefix, and the ownership tag has to be given with the request',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:eu-central-1:<AWS::AccountId>:key/*]',
      at: ['Orders/AuroraBackupOperations/StartRole'],
      reason: 'the key is given by its alias, which IAM knows as a condition only: the condition is there, and so is that only RDS may ask',
    },
    { rule: 'AwsSolutions-SMG4', at: ['Orders/Cluster/Secret'], reason: "rotating the password of the example's cluster is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Orders/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'share-with-audit': [
    { rule: 'AwsSolutions-SMG4', at: ['Orders/Cluster/Secret'], reason: "rotating the password of the example's cluster is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Orders/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'clone-for-test': [
    { rule: 'AwsSolutions-RDS10', at: ['Rehearsal1/Orders'], reason: 'the clone is made to be thrown away' },
    { rule: 'AwsSolutions-RDS2', at: ['Rehearsal1/Orders'], reason: CARRIES_ENCRYPTION },
    { rule: 'AwsSolutions-VPC7', at: ['Rehearsal1/Vpc'], reason: "flow logs of the example's network are not what it is about" },
    {
      rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      at: ['Rehearsal1/Migrate/ServiceRole'],
      reason: "the example's migration stands for one of your own",
    },
    { rule: 'AwsSolutions-L1', at: ['Rehearsal1/Migrate'], reason: "the example's migration stands for one of your own" },
  ],
  'guard-existing-cluster': [
    { rule: 'AwsSolutions-SMG4', at: ['Shop/Orders/Secret', 'Shop/Orders/SnapshotSecret'], reason: "rotating the password of the example's cluster is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Shop/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'restore-in-recovery-account': [
    { rule: 'AwsSolutions-VPC7', at: ['Recovery/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'restore-from-snapshot': [
    { rule: 'AwsSolutions-VPC7', at: ['Shop/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'restore-to-point-in-time': [
    { rule: 'AwsSolutions-RDS2', at: ['OrdersBefore/Cluster'], reason: CARRIES_ENCRYPTION },
    { rule: 'AwsSolutions-VPC7', at: ['OrdersBefore/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'export-to-data-lake': [
    ...['s3:PutObject*', 's3:GetObject*', 's3:DeleteObject*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'].map((action) => ({
      rule: `AwsSolutions-IAM5[Action::${action}]`,
      at: ['Lake/ExportRole'],
      reason: 'exactly the actions that the user guide of Aurora asks for in the role of an export; on the one bucket and the one key',
    })),
    {
      rule: 'AwsSolutions-IAM5[Resource::<Bucket.Arn>/*]',
      at: ['Lake/ExportRole'],
      reason: 'RDS chooses the names of the files; `prefix` narrows them, but this role serves two exports with different ones',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*]',
      at: ['Lake/AuroraBackupOperations/StartRole'],
      reason: 'nobody told the app which key the imported clusters have (clusterEncryptionKey would); only through RDS in this Region',
    },
    ...['Action::s3:GetBucket*', 'Action::s3:GetObject*', 'Action::s3:List*', 'Resource::<Bucket.Arn>/orders/*'].map((what) => ({
      rule: `AwsSolutions-IAM5[${what}]`,
      at: ['Lake/CrawlerRole/DefaultPolicy'],
      reason: 'what grantRead of aws-s3 gives, below one prefix',
    })),
    {
      rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSGlueServiceRole]',
      at: ['Lake/CrawlerRole'],
      reason: 'the policy that AWS names for crawlers',
    },
    { rule: 'AwsSolutions-GL1', at: ['Lake/Crawler'], reason: "encrypting the crawler's log is not what the example is about" },
    { rule: 'AwsSolutions-S1', at: ['Lake/Bucket'], reason: "access logs of the example's bucket are not what it is about" },
    { rule: 'AwsSolutions-SF1', at: ['Lake/StartCrawler'], reason: 'one call, whose failure shows in the status of the execution' },
    { rule: 'AwsSolutions-SF2', at: ['Lake/StartCrawler'], reason: 'one call, whose failure shows in the status of the execution' },
  ],
  'plan-beside-aws-backup': [
    copiesTo('eu-central-1', 'Orders'),
    keyByAlias('eu-central-1', 'Orders'),
    {
      rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      at: ['Orders/Continuous/Orders/Role'],
      reason: 'the policy that AWS Backup names for its role',
    },
    { rule: 'AwsSolutions-SMG4', at: ['Orders/Cluster/Secret'], reason: "rotating the password of the example's cluster is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Orders/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'throw-away-environment': [
    { rule: 'AwsSolutions-RDS10', at: ['Preview/Cluster'], reason: 'it is to be thrown away' },
    { rule: 'AwsSolutions-SMG4', at: ['Preview/Cluster/Secret'], reason: "rotating the password of the example's cluster is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Preview/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'plan-dr-region': [
    copiesTo('eu-central-1', 'Shop'),
    keyByAlias('eu-central-1', 'Shop'),
    { rule: 'AwsSolutions-SMG4', at: ['Shop/Billing/Secret', 'Shop/Orders/Secret'], reason: "rotating the passwords of the example's clusters is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Shop/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'plan-lake-export': [
    unknownKey('Lake'),
    ...['s3:PutObject*', 's3:GetObject*', 's3:DeleteObject*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'].map((action) => ({
      rule: `AwsSolutions-IAM5[Action::${action}]`,
      at: ['Lake/Nightly/KeptFor3650Days-archiveExportRole', 'Lake/Nightly/KeptFor400Days-ordersExportRole'],
      reason: 'exactly the actions that the user guide of Aurora asks for in the role of an export; on the one bucket and the one key',
    })),
    ...[['KeptFor3650Days', 'archive'], ['KeptFor400Days', 'orders']].map(([bucket, prefix]) => ({
      rule: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${prefix}/*]`,
      at: [`Lake/Nightly/${bucket}-${prefix}ExportRole`],
      reason: 'RDS chooses the names of the files; the prefix narrows them',
    })),
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/cdk-aurora-backup/<owner>/*]',
      at: ['Lake/AuroraBackupPlans/StartRole'],
      reason: 'the roles that the exports of one plan made for themselves, below a path of its own; to the export service only',
    },
    { rule: 'AwsSolutions-S1', at: ['Lake/KeptFor3650Days', 'Lake/KeptFor400Days'], reason: "access logs of the example's buckets are not what it is about" },
    { rule: 'AwsSolutions-SQS3', at: ['Lake/FailedClusters'], reason: 'a queue of which the example only shows that verdicts reach it' },
  ],
  'platform-backup-plan': [copiesTo('eu-central-1', 'Payments'), keyByAlias('eu-central-1', 'Payments'), unknownKey('Payments')],
  'snapshot-before-migration': [
    {
      rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      at: ['Release/Migrate/ServiceRole'],
      reason: "the example's migration stands for one of your own",
    },
    { rule: 'AwsSolutions-L1', at: ['Release/Migrate'], reason: "the example's migration stands for one of your own" },
  ],
  'vault-account/source': [
    { rule: 'AwsSolutions-SMG4', at: ['Shop/Orders/Secret'], reason: "rotating the password of the example's cluster is not what it is about" },
    { rule: 'AwsSolutions-VPC7', at: ['Shop/Vpc'], reason: "flow logs of the example's network are not what it is about" },
  ],
  'vault-account/vault': [
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:rds:eu-west-1:444455556666:cluster-snapshot:*]',
      at: ['Vault/Vault/Functions/LookRole', 'Vault/Vault/Functions/StartRole'],
      reason: 'the snapshots that the shop shares, whose names are made there; what it does not share, RDS refuses',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:eu-west-1:444455556666:key/*]',
      at: ['Vault/Vault/Functions/StartRole'],
      reason: 'the keys of what the shop shares, which only the shop knows; through RDS only, and only if their policies allow it, too',
    },
  ],
};
