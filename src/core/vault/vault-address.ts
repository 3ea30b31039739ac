/** Where a vault is: what its plans and its own functions know it by. */
export interface VaultAddress {
  readonly account: string;
  readonly region: string;
  readonly vaultName: string;
}

/** Letters, digits, `.`, `_` and `-`: what the name of an event bus may hold and a tag, too. */
const VAULT_NAME = /^[A-Za-z0-9._-]{1,64}$/;

const EVENT_BUS_ARN = /^arn:([^:]+):events:([^:]+):(\d{12}):event-bus\/([^/]+)$/;

export function isVaultName(text: string): boolean {
  return VAULT_NAME.test(text) && text !== 'default';
}

/** The event bus of a vault has its name, so that a plan can name it before it exists. */
export function eventBusArnOf({ account, region, vaultName }: VaultAddress, partition: string): string {
  return `arn:${partition}:events:${region}:${account}:event-bus/${vaultName}`;
}

/** Undefined if the text is not the ARN of an event bus that a vault could have. */
export function parseEventBusArn(text: string): VaultAddress | undefined {
  const [, , region, account, vaultName] = EVENT_BUS_ARN.exec(text) ?? [];
  return vaultName !== undefined && isVaultName(vaultName) ? { account, region, vaultName } : undefined;
}

/** Tells one vault from another, in the names of deliveries and in verdicts. */
export function vaultId({ account, region, vaultName }: VaultAddress): string {
  return `${account}/${region}/${vaultName}`;
}
