import { awscdk, javascript } from 'projen';

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
  cdkVersion: '2.257.0',
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.3',
  minNodeVersion: '20.0.0',
  lambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: { coveragePathIgnorePatterns: ['/node_modules/'] },
  },
  gitignore: [
    'cdk.out', 'cdk.context.json', '.jsii.tabl.json', 'test/**/*.snapshot/asset.*', 'test/**/cdk-integ.out.*',
    '.local-aws/', 'assets/', '__pycache__/',
  ],
  compat: true,
  // The runtime is bundled by esbuild into assets/runtime and type-checked with the tests; consumers get the bundle, never the sources.
  excludeTypescript: ['src/runtime/**'],
  eslintOptions: { dirs: ['src', 'test', 'projenrc', '.projenrc.ts'], devdirs: ['src/runtime', 'test', 'local', 'examples', 'bench'] },
  publishToPypi: { distName: 'cdk-aurora-backup', module: 'cdk_aurora_backup' },
  publishToMaven: {
    javaPackage: 'io.github.cdkaurorabackup',
    mavenGroupId: 'io.github.cdkaurorabackup',
    mavenArtifactId: 'cdk-aurora-backup',
  },
  publishToNuget: { dotNetNamespace: 'CdkAuroraBackup', packageId: 'CdkAuroraBackup' },
  publishToGo: { moduleName: 'github.com/cdk-aurora-backup/cdk-aurora-backup-go', packageName: 'cdkaurorabackup' },
  devDeps: [
    '@aws-sdk/client-cloudformation@3.1169.0', '@aws-sdk/client-rds@3.1169.0', 'aws-cdk@^2', 'esbuild@0.28.2', 'fast-check', 'cdk-nag@^3',
    '@aws-cdk/integ-runner@^2', '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0', 'jsii-rosetta@~6.0.0', 'jsii-pacmak',
  ],
});
project.package.addPackageResolutions('unrs-resolver@1.12.2'); // 1.13.0 names platform packages that were never published, so npm ci fails

// One entry and one file: every function of the library points at it with another `handler` (docs/adr).
project.bundler.addBundle('src/runtime/index.ts', {
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minify: true,
  mainFields: ['module', 'main'],
});
project.synth();
