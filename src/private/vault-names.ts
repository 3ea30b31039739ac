import { Stack } from 'aws-cdk-lib';
import { VaultAddress } from '../core/vault/vault-address';
import { vaultOwner } from '../core/vault/vault-ownership';

/** The functions of a vault, and what else acts for it; each has a role of its own. */
export type VaultActor = 'runs' | 'look' | 'start' | 'prune' | 'release' | 'states' | 'schedule' | 'receipts';

/**
 * What the parts of a vault are called. Names are fixed, and roles have paths, so that a policy of the organization can name them all by a few
 * patterns, whatever CloudFormation makes of them.
 */
export class VaultNames {
  public readonly owner: string;

  constructor(private readonly stack: Stack, public readonly vaultName: string) {
    this.owner = vaultOwner(vaultName);
  }

  public get address(): VaultAddress {
    const { stack: { account, region }, vaultName } = this;
    return { account, region, vaultName };
  }

  /** Of a function, a state machine, a rule or a schedule. */
  public physicalName(...parts: string[]): string {
    return [this.owner, ...parts].join('-');
  }

  public rolePath(actor?: VaultActor): string {
    return `/cdk-aurora-backup/${[this.owner, ...(actor ? [actor] : [])].join('/')}/`;
  }

  /** Pattern of the ARNs of the roles of these actors, or of all roles of the vault. */
  public roleArns(...actors: VaultActor[]): string[] {
    const paths = actors.length > 0 ? actors.map((actor) => this.rolePath(actor)) : [this.rolePath()];
    return paths.map((path) => this.stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${path.slice(1)}*` }));
  }
}
