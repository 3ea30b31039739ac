import { awscdk, DependencyType, javascript } from 'projen';
import { JEST_OPTIONS } from './projenrc/jest';
import { configureLint, DEV_FOLDERS } from './projenrc/lint';
import { configureTasks } from './projenrc/tasks';
import { AWS_SDK, CDK_FLOOR, CDK_FOR_DEVELOPMENT, CONSTRUCTS_FLOOR, CONSTRUCTS_FOR_DEVELOPMENT, ESBUILD, NODE_FOR_WORKFLOWS } from './projenrc/versions';
import { addCdkLanes } from './projenrc/workflows';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-aurora-backup',
  description: 'Backup and restore of Amazon Aurora as AWS CDK constructs: snapshots, copies, shares, exports, retention and restores.',
  author: 'cdk-aurora-backup contributors',
  authorAddress: 'maintainers@cdk-aurora-backup.invalid',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-aurora-backup/cdk-aurora-backup.git',
  defaultReleaseBranch: 'main',
  license: 'Apache-2.0',
  stability: 'experimental',
  keywords: ['aws', 'cdk', 'aws-cdk', 'awscdk', 'aurora', 'rds', 'backup', 'restore', 'snapshot'],

  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  sampleCode: false,
  cdkVersion: CDK_FOR_DEVELOPMENT,
  constructsVersion: CONSTRUCTS_FOR_DEVELOPMENT,
  peerDependencyOptions: { pinnedDevDependency: false }, // see the peer floor below
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.3',
  minNodeVersion: '20.0.0',
  lambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  jestOptions: JEST_OPTIONS,
  gitignore: [
    'cdk.out', 'cdk.context.json', '.jsii.tabl.json', 'test/**/*.snapshot/asset.*', 'test/**/cdk-integ.out.*',
    '/.local-aws/', '/assets/', '/.bindings/', '/test-reports/', '__pycache__/',
  ],
  npmIgnoreOptions: {
    // Shipped are lib, assets/runtime, .jsii, API.md, LICENSE, and what README links to: docs and examples.
    ignorePatterns: [
      ...DEV_FOLDERS.filter((folder) => folder !== 'examples').map((folder) => `/${folder}/`), '/rosetta/', '/.ci/', '/CONTRIBUTING.md',
      '/.local-aws/', '/.bindings/', '/test-reports/', 'cdk.out', 'cdk.context.json', '__pycache__/', '.jsii.tabl.json',
    ],
  },
  // The runtime is bundled by esbuild into assets/runtime and type-checked with the tests; consumers get the bundle, never the sources.
  excludeTypescript: ['src/runtime/**'],
  tsconfig: { compilerOptions: { types: ['node'] } }, // what happens to be installed for the tools is not there for users
  tsconfigDev: {
    include: ['../src/**/*.ts', '../.projenrc.ts', '../projenrc/**/*.ts', ...DEV_FOLDERS.map((folder) => `../${folder}/**/*.ts`)],
    exclude: ['../node_modules', '**/cdk.out', '**/*.snapshot', '../**/*.d.ts'],
    compilerOptions: { types: ['jest', 'node'], paths: { 'cdk-aurora-backup': ['../src/index.ts'] } },
  },
  tsJestOptions: { transformOptions: { isolatedModules: true } },
  eslintOptions: {
    dirs: ['src', 'projenrc', '.projenrc.ts'],
    devdirs: ['src/runtime', ...DEV_FOLDERS],
  },
  bundlerOptions: { esbuildVersion: ESBUILD },

  // An internal registry for each of them: docs/guides/publishing-internally.md.
  publishToPypi: { distName: 'cdk-aurora-backup', module: 'cdk_aurora_backup' },
  publishToMaven: {
    javaPackage: 'io.github.cdkaurorabackup',
    mavenGroupId: 'io.github.cdkaurorabackup',
    mavenArtifactId: 'cdk-aurora-backup',
  },
  publishToNuget: { dotNetNamespace: 'CdkAuroraBackup', packageId: 'CdkAuroraBackup' },
  publishToGo: { moduleName: 'github.com/cdk-aurora-backup/cdk-aurora-backup-go', packageName: 'cdkaurorabackup' },
  workflowNodeVersion: NODE_FOR_WORKFLOWS,
  githubOptions: { mergify: false },
  depsUpgradeOptions: { workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY } },

  devDeps: [
    `@aws-sdk/client-cloudformation@${AWS_SDK}`,
    '@aws-sdk/client-sfn@3.1163.0', // the clients are not all published with every number
    `@aws-sdk/client-rds@${AWS_SDK}`,
    '@aws-sdk/core@3.981.0', // clients of our own for the few calls of Lambda and Parameter Store; the tests compare them with these:
    '@aws-sdk/client-lambda@3.1164.0', `@aws-sdk/client-ssm@${AWS_SDK}`,
    '@smithy/core@3.41.0', // which errors are worth another try: the SDK's own classification
    'date-fns@4.4.0', '@date-fns/tz@1.5.0', // calendars and time zones of retention, in the bundle only
    '@aws-cdk/aws-service-spec@^0.1.167', // which properties replace a cluster, as CloudFormation's schema has them: for a test
    'aws-cdk@^2', // the tag "latest" is 3.0.0, which refuses today's assemblies
    'fast-check',
    'cdk-nag@^3',
    '@aws-cdk/integ-runner@^2',
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
    'cli-progress', '@types/cli-progress', 'cli-table3', // the demo's bars and tables; listr2 would ask for a newer Node
    'jsii-rosetta@~6.0.0',
    'jsii-pacmak',
  ],
});
project.package.addPackageResolutions('unrs-resolver@1.12.2'); // 1.13.0 names platform packages that were never published, so npm ci fails

// projen asks users for the version that we develop with; they need less.
for (const floor of [`aws-cdk-lib@^${CDK_FLOOR}`, `constructs@^${CONSTRUCTS_FLOOR}`]) {
  project.deps.removeDependency(floor.split('@')[0], DependencyType.PEER);
  project.deps.addDependency(floor, DependencyType.PEER);
}
project.addDevDeps(`aws-cdk-lib@${CDK_FOR_DEVELOPMENT}`, `constructs@${CONSTRUCTS_FOR_DEVELOPMENT}`);

// One entry and one file: every function of the library points at it with another `handler` (docs/adr).
project.bundler.addBundle('src/runtime/index.ts', {
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minify: true,
  mainFields: ['module', 'main'],
  // Lambda gives credentials in the environment, which is asked first: the other ways to get some are never loaded there.
  externals: ['ini', 'login', 'process', 'sso', 'web-identity'].map((way) => `@aws-sdk/credential-provider-${way}`),
});

configureLint(project);
configureTasks(project);
addCdkLanes(project, NODE_FOR_WORKFLOWS);
project.synth();
