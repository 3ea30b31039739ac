import {
  CopyDBClusterSnapshotCommand, CreateDBClusterCommand, CreateDBClusterSnapshotCommand, DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand, DescribeDBClusterSnapshotsCommand, RDSClient,
} from '@aws-sdk/client-rds';
import type { asRole } from './probe';
import { LocalAws } from '../../local/local-aws';

export const ACCOUNT = '111111111111';
export const HERE = 'eu-west-1';
export const THERE = 'eu-central-1';

/** Credentials of a role, as `asRole` makes them. */
type Session = Awaited<ReturnType<typeof asRole>>;

/** Calls as an operator would make them, with the defaults of these tests. */
export class World {
  constructor(readonly local: LocalAws) {}

  rds(region: string = HERE, account: string = ACCOUNT) {
    return new RDSClient({ ...this.local.client(region, account), maxAttempts: 1 });
  }

  async cluster(name: string, options: object = {}, region: string = HERE, account: string = ACCOUNT) {
    const made = await this.rds(region, account).send(new CreateDBClusterCommand({
      DBClusterIdentifier: name, Engine: 'aurora-postgresql', MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret', ...options,
    }));
    return made.DBCluster!;
  }

  async snapshot(name: string, cluster: string, options: object = {}, region: string = HERE, account: string = ACCOUNT) {
    return (await this.rds(region, account).send(new CreateDBClusterSnapshotCommand({
      DBClusterSnapshotIdentifier: name, DBClusterIdentifier: cluster, ...options,
    }))).DBClusterSnapshot!;
  }

  async copy(source: string, target: string, options: object = {}, region: string = HERE, account: string = ACCOUNT) {
    return (await this.rds(region, account).send(new CopyDBClusterSnapshotCommand({
      SourceDBClusterSnapshotIdentifier: source, TargetDBClusterSnapshotIdentifier: target, ...options,
    }))).DBClusterSnapshot!;
  }

  async deleteCluster(name: string, region: string = HERE, account: string = ACCOUNT) {
    await this.rds(region, account).send(new DeleteDBClusterCommand({ DBClusterIdentifier: name, SkipFinalSnapshot: true }));
  }

  async remove(name: string, region: string = HERE, account: string = ACCOUNT) {
    await this.rds(region, account).send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: name }));
  }

  async look(name: string, region: string = HERE) {
    return (await this.rds(region).send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: name }))).DBClusterSnapshots![0];
  }

  /** A KMS key, by the plain JSON call: the library under test needs no KMS client. */
  async key(region: string = HERE, account: string = ACCOUNT, alias?: string): Promise<string> {
    const { Arn, KeyId } = (await this.kms('CreateKey', {}, region, account)).KeyMetadata;
    if (alias) {
      await this.kms('CreateAlias', { AliasName: alias, TargetKeyId: KeyId }, region, account);
    }
    return Arn;
  }

  async kms(action: string, body: object, region: string = HERE, account: string = ACCOUNT, session?: Session): Promise<any> {
    return this.json('kms', `TrentService.${action}`, body, region, account, session);
  }

  /** A call of a JSON service without its SDK client: as root unsigned but for the scope that says whose it is, in a session signed. */
  async json(service: string, target: string, body: object, region: string = HERE, account: string = ACCOUNT, session?: Session): Promise<any> {
    const { hostname, port, host } = new URL(this.local.endpoint);
    const request = {
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      body: JSON.stringify(body),
      headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target } as Record<string, string>,
    };
    if (session) {
      const { config } = new RDSClient({ ...this.local.client(region, account), credentials: session });
      const signer = await config.signer({ name: 'sigv4', signingName: service, signingRegion: region, properties: {} });
      request.headers = (await signer.sign(request)).headers;
    } else {
      request.headers.authorization = `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    }
    const response = await fetch(this.local.endpoint, request);
    return response.json();
  }
}

/** What an SDK error says, as `name: message`; 'no error' when there was none. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(() => 'no error', (error) => `${error.name}: ${error.message}`);
}
