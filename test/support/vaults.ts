/** Vaults for tests of constructs: everything is in Frankfurt, in account 222222222222, and comes from Ireland, unless a test says otherwise. */
import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { TestStackProps, aStack } from './constructs';
import { RetentionPolicy, SnapshotVault, SnapshotVaultProps } from '../../src';
import { vaultOwner } from '../../src/core/vault/vault-ownership';

export const BUNKER = 'bunker';
export const BUNKER_OWNER = vaultOwner(BUNKER);
export const VAULT_ACCOUNT = '222222222222';
export const SOURCE_ACCOUNT = '111111111111';
export const RECOVERY_ACCOUNT = '333333333333';

export const vaultStack = (props: TestStackProps = {}) => aStack({ id: 'Vault', env: { account: VAULT_ACCOUNT, region: 'eu-central-1' }, ...props });

/** A key that the app only knows. */
export const importedVaultKey = (stack: Stack, region = 'eu-central-1') => (
  kms.Key.fromKeyArn(stack, `ImportedKey-${region}`, `arn:aws:kms:${region}:${VAULT_ACCOUNT}:key/1`)
);

export type VaultPropsOf = Partial<SnapshotVaultProps> | ((stack: Stack) => Partial<SnapshotVaultProps>);

/** A vault in a stack of its own, but for what a test is about. */
export function vaultWith(props: VaultPropsOf = {}, stack = vaultStack()): SnapshotVault {
  const own = typeof props === 'function' ? props(stack) : props;
  return new SnapshotVault(stack, 'Vault', {
    vaultName: BUNKER,
    sources: [{ accountId: SOURCE_ACCOUNT, regions: ['eu-west-1'], clusters: ['orders'] }],
    encryptionKey: own.encryptionKey ?? new kms.Key(stack, 'Key'),
    retention: RetentionPolicy.keepFor(Duration.days(35)),
    ...own,
  });
}
