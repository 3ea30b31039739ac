import { CancelExportTaskCommand, DescribeExportTasksCommand, StartExportTaskCommand, StartExportTaskCommandInput } from '@aws-sdk/client-rds';
import { Statement, ask, setRights } from './probe';
import { ACCOUNT, HERE, World } from './world';

export const ROLE = `arn:aws:iam::${ACCOUNT}:role/export`;
export const BUCKET = 'lake';
export const ALL: Statement[] = [{ Effect: 'Allow', Action: ['s3:*', 'kms:*'], Resource: '*' }];

export const source = (kind: 'cluster' | 'cluster-snapshot', name: string, region = HERE, account = ACCOUNT) => `arn:aws:rds:${region}:${account}:${kind}:${name}`;

/** A bucket, a key and a role that an export may use, and the calls about it. */
export class Lake {
  static async of(world: World, rights: Statement[] = ALL): Promise<Lake> {
    const lake = new Lake(world, await world.key());
    await lake.bucket(BUCKET);
    await lake.role(rights);
    return lake;
  }

  private constructor(readonly world: World, readonly key: string) {}

  async start(id: string, changes: Partial<StartExportTaskCommandInput> = {}, rds = this.world.rds()) {
    return rds.send(new StartExportTaskCommand({
      ExportTaskIdentifier: id, SourceArn: source('cluster', 'orders'), S3BucketName: BUCKET, IamRoleArn: ROLE, KmsKeyId: this.key, ...changes,
    }));
  }

  async look(id: string) {
    return (await this.tasks({ ExportTaskIdentifier: id }))[0];
  }

  async tasks(asked: object = {}) {
    return (await this.world.rds().send(new DescribeExportTasksCommand(asked))).ExportTasks!;
  }

  async cancel(id: string) {
    return this.world.rds().send(new CancelExportTaskCommand({ ExportTaskIdentifier: id }));
  }

  /** A role that the exports of this account may assume. */
  async role(rights: Statement[] = ALL, name = 'export', trust: object = { Principal: { Service: 'export.rds.amazonaws.com' } }, account = ACCOUNT) {
    const AssumeRolePolicyDocument = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...trust }] });
    await ask(this.world.local, 'iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument }, HERE, account);
    await this.rights(rights, name, account);
  }

  async rights(rights: Statement[], name = 'export', account = ACCOUNT) {
    await setRights(this.world.local, rights, account, name);
  }

  async bucket(name: string, region = HERE, account = ACCOUNT) {
    await this.s3('PUT', name, `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`, region, account);
  }

  async bucketPolicy(name: string, statements: Statement[], account: string) {
    await this.s3('PUT', `${name}?policy`, JSON.stringify({ Statement: statements }), HERE, account);
  }

  /** The keys of all objects, without the random part of their names. */
  async objects(bucket = BUCKET, account = ACCOUNT): Promise<string[]> {
    return (await this.keys(bucket, account)).map((key) => key.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'UUID'));
  }

  async keys(bucket = BUCKET, account = ACCOUNT): Promise<string[]> {
    const list = (await this.s3('GET', `${bucket}?list-type=2`, undefined, HERE, account)).toString();
    return [...list.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key);
  }

  async object(key: string): Promise<Buffer> {
    return this.s3('GET', `${BUCKET}/${key}`);
  }

  async empty() {
    for (const key of await this.keys()) await this.s3('DELETE', `${BUCKET}/${key}`);
    await this.s3('DELETE', BUCKET);
  }

  private async s3(method: string, path: string, body?: string, region = HERE, account = ACCOUNT): Promise<Buffer> {
    const response = await fetch(`${this.world.local.endpoint}/${path}`, {
      method, body, headers: { authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=0` },
    });
    const answer = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(answer.toString());
    return answer;
  }
}
