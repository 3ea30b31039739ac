import { ModifyDBClusterSnapshotAttributeCommand } from '@aws-sdk/client-rds';
import { Statement } from './probe';
import { ACCOUNT as SHOP, HERE, World } from './world';

export const VAULT = '222222222222';
export const arnOf = (name: string, region = HERE, account = SHOP) => `arn:aws:rds:${region}:${account}:cluster-snapshot:${name}`;
export const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object): Statement => ({ Effect: 'Allow', Action, Resource, Condition });
/** What the guide lists for a key that another account is to use. */
export const USE = ['kms:CreateGrant', 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];
export const letIn = (principal: string, Action: string | string[] = USE, Condition?: object) =>
  ({ Effect: 'Allow', Principal: { AWS: principal }, Action, Resource: '*', Condition });
export const root = (account: string) => `arn:aws:iam::${account}:root`;

/** What the tests of sharing do again and again: SHOP owns, VAULT is let in. */
export class Sharing {
  constructor(private readonly world: World) {}

  async share(name: string, account: string = SHOP, region: string = HERE, grantee: string = VAULT) {
    await this.change(name, { ValuesToAdd: [grantee] }, account, region);
  }

  async unshare(name: string) {
    await this.change(name, { ValuesToRemove: [VAULT] });
  }

  /** A key policy that trusts the key's own account, and says this besides. */
  async setPolicy(key: string, statements: object[], region: string = HERE, account: string = SHOP) {
    await this.world.kms('PutKeyPolicy', {
      KeyId: key, PolicyName: 'default', Policy: JSON.stringify({ Version: '2012-10-17', Statement: [letIn(root(account), 'kms:*'), ...statements] }),
    }, region, account);
  }

  /** A snapshot of the shop under a key of the shop, shared with the vault account, which the key policy lets in. */
  async snapshot(name = 's'): Promise<{ arn: string; key: string }> {
    const key = await this.world.key();
    await this.setPolicy(key, [letIn(root(VAULT))]);
    await this.world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
    await this.world.snapshot(name, 'orders', { Tags: [{ Key: 'secret', Value: 'of the owner' }] });
    await this.share(name);
    return { arn: arnOf(name), key };
  }

  private async change(DBClusterSnapshotIdentifier: string, change: object, account: string = SHOP, region: string = HERE) {
    await this.world.rds(region, account).send(
      new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier, AttributeName: 'restore', ...change }));
  }
}
