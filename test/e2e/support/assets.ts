import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cx_api } from 'aws-cdk-lib';
import { temporaryFolder } from './temporary-folders';
import { LocalAws } from '../../../local/local-aws';

const zips = new Map<string, Buffer>();

/** Publishes the files of a stack where its template looks for them, as the CDK CLI does before it deploys. */
export async function publishAssets(local: LocalAws, artifact: cx_api.CloudFormationStackArtifact, region: string, account: string) {
  const resolved = (text: string) => text.replace(/\$\{AWS::AccountId\}/g, account).replace(/\$\{AWS::Region\}/g, region);
  const { directory } = artifact.assembly;
  const { files } = JSON.parse(readFileSync(join(directory, `${artifact.stackName}.assets.json`), 'utf8'));
  for (const { source, destinations } of Object.values<any>(files)) {
    const content = source.packaging === 'zip' ? zipped(join(directory, source.path)) : readFileSync(join(directory, source.path));
    for (const { bucketName, objectKey } of Object.values<any>(destinations)) {
      await put(local, resolved(bucketName), region, account, `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`);
      await put(local, `${resolved(bucketName)}/${resolved(objectKey)}`, region, account, content);
    }
  }
}

/** Python is there because the emulator needs it; Node has no zip of its own. */
function zipped(source: string): Buffer {
  const name = source.replace(/^.*asset\./, '');
  const known = zips.get(name);
  if (known) {
    return known;
  }
  const file = join(temporaryFolder(), 'asset.zip');
  execFileSync('python3', ['-m', 'zipfile', '-c', file, ...readdirSync(source)], { cwd: source });
  const content = readFileSync(file);
  zips.set(name, content);
  return content;
}

async function put(local: LocalAws, path: string, region: string, account: string, body: string | Buffer) {
  const answer = await fetch(`${local.endpoint}/${path}`, {
    method: 'PUT',
    // Unsigned but for the scope, from which the emulator takes the account and the Region.
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=0` },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  if (!answer.ok && answer.status !== 409) {
    throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  }
}
