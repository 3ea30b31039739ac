import { CloudFormationClient, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DBCluster, DBClusterSnapshot, DescribeDBClusterSnapshotsCommand, DescribeDBClustersCommand, DescribeExportTasksCommand, ExportTask, RDSClient,
} from '@aws-sdk/client-rds';
import { LocalAws } from '../local-aws';

/** What anybody can see of the local AWS with the AWS SDK; nothing here knows that it is not the real one. */
export class World {
  constructor(private readonly local: LocalAws) {}

  public async clusters(region: string): Promise<DBCluster[]> {
    return (await this.rds(region).send(new DescribeDBClustersCommand({}))).DBClusters ?? [];
  }

  public async snapshots(region: string): Promise<DBClusterSnapshot[]> {
    return (await this.rds(region).send(new DescribeDBClusterSnapshotsCommand({}))).DBClusterSnapshots ?? [];
  }

  public async exportTasks(region: string): Promise<ExportTask[]> {
    return (await this.rds(region).send(new DescribeExportTasksCommand({}))).ExportTasks ?? [];
  }

  /** The keys of all objects in a bucket. */
  public async objects(region: string, bucket: string): Promise<string[]> {
    const { accessKeyId } = this.local.credentials();
    const response = await fetch(`${this.local.endpoint}/${bucket}?list-type=2`, {
      // Unsigned but for the scope, from which the emulator takes the account and the Region: one call is not worth another SDK client.
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=0` },
    });
    return [...(await response.text()).matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key);
  }

  /** How many resources of a stack are complete; none while it does not exist. */
  public async completeResources(region: string, stack: string): Promise<number> {
    try {
      const { StackResources = [] } = await this.cloudFormation(region).send(new DescribeStackResourcesCommand({ StackName: stack }));
      return StackResources.filter(({ ResourceStatus = '' }) => /^(CREATE|UPDATE)_COMPLETE$/.test(ResourceStatus)).length;
    } catch (error) {
      if ((error as Error).name === 'ValidationError') {
        return 0;
      }
      throw error;
    }
  }

  /** The names that the outputs of a stack give to keys: ARN → description. */
  public async keyNames(region: string, stack: string): Promise<[string, string][]> {
    const { Stacks = [] } = await this.cloudFormation(region).send(new DescribeStacksCommand({ StackName: stack }));
    return (Stacks[0]?.Outputs ?? []).map(({ OutputValue, Description }) => [OutputValue!, Description!]);
  }

  private rds(region: string): RDSClient {
    return new RDSClient(this.local.client(region));
  }

  private cloudFormation(region: string): CloudFormationClient {
    return new CloudFormationClient(this.local.client(region));
  }
}
