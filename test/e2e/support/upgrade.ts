import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Declaration } from './deployed-stack';
import { temporaryFolder } from './temporary-folders';

const RUNTIME = join(__dirname, '..', '..', '..', 'assets', 'runtime', 'index');

/** What every function of the upgraded runtime says when it starts. */
export const UPGRADED = { level: 'INFO', message: 'another runtime' };

/** The same stack as a later release of the library would make it: functions with other code, a state machine with other settings. */
export function upgraded(declare: Declaration): Declaration {
  return (stack) => {
    declare(stack);
    const folder = temporaryFolder();
    cpSync(RUNTIME, folder, { recursive: true });
    appendFileSync(join(folder, 'index.js'), `\nconsole.log(${JSON.stringify(JSON.stringify(UPGRADED))});\n`);
    const code = new assets.Asset(stack, 'OtherRuntime', { path: folder });
    for (const construct of operationsIn(stack).node.findAll()) {
      if (construct instanceof lambda.CfnFunction && construct.handler?.startsWith('index.')) {
        construct.addPropertyOverride('Code', { S3Bucket: code.s3BucketName, S3Key: code.s3ObjectKey });
      }
      if (construct instanceof sfn.CfnStateMachine) {
        construct.addPropertyOverride('TracingConfiguration', { Enabled: true });
      }
    }
  };
}

function operationsIn(stack: Stack) {
  return stack.node.findChild('AuroraBackupOperations');
}
