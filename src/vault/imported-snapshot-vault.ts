import { RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ISnapshotVault } from './snapshot-vault-ref';
import { parseEventBusArn } from '../core/vault/vault-address';
import { fail } from '../private/checks';

/** A vault that is not made by the app: in another account, by another team. */
class ImportedSnapshotVault extends Resource implements ISnapshotVault {
  public readonly vaultName: string;
  public readonly vaultAccount: string;
  public readonly vaultRegion: string;

  constructor(scope: Construct, id: string, public readonly eventBusArn: string) {
    super(scope, id, { environmentFromArn: eventBusArn });
    const address = Token.isUnresolved(eventBusArn) ? undefined : parseEventBusArn(eventBusArn);
    if (!address) {
      fail(this, 'eventBusArn must be that of the event bus of a vault and known at synth, for example arn:aws:events:eu-central-1:111122223333:event-bus/Vault, '
        + `got ${Token.isUnresolved(eventBusArn) ? 'a token' : `'${eventBusArn}'`}; take it from where the vault is deployed`);
    }
    this.vaultName = address.vaultName;
    this.vaultAccount = address.account;
    this.vaultRegion = address.region;
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    fail(this, `removalPolicy ${policy} cannot be applied to an imported vault, which does not belong to this app`);
  }
}

export function importSnapshotVault(scope: Construct, id: string, eventBusArn: string): ISnapshotVault {
  return new ImportedSnapshotVault(scope, id, eventBusArn);
}
