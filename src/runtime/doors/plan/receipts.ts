import { ReceiptEvent } from './steps';
import { isMadeUnderName, originalOf } from '../../../core/plan/plan-ownership';
import { Snapshot } from '../../../core/snapshot';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { RECEIPT_VERSION, Receipt, receiptTag, vaultStateOf } from '../../../core/vault/receipt';
import { parseEventBusArn, vaultId } from '../../../core/vault/vault-address';
import { log } from '../../log';
import { RdsGateway } from '../../rds/gateway';

export interface ReceiptDependencies {
  readonly rds: RdsGateway;
  readonly now: () => number;
}

/** Writes what a vault answers onto the snapshot that it answers for: whoever looks, prunes or tells the age reads it there. */
export class Receipts {
  constructor(private readonly deps: ReceiptDependencies) {}

  public async handle(event: ReceiptEvent): Promise<void> {
    const { plan, vault, detail } = event;
    const about = { plan: plan.planName, vault: vaultId(vault), snapshot: String(detail.snapshotArn).slice(0, 300), verdict: detail.verdict };
    const receipt = readReceipt(event, this.deps.now());
    if (typeof receipt === 'string') {
      log.warn('receipt is not for this plan', { ...about, why: receipt });
      return;
    }
    const snapshot = await this.find(receipt.snapshotArn, plan);
    const why = whyNot(event, receipt, snapshot);
    if (why !== undefined) {
      log.warn('receipt changes nothing', { ...about, why });
      return;
    }
    // If this fails, Lambda tries it again, and after that the vault is asked again.
    await this.deps.rds.setTags(plan.region, snapshot!.arn, receiptTag(vault, receipt));
    if (receipt.verdict === 'STORED' && vaultStateOf((await this.find(receipt.snapshotArn, plan)) ?? snapshot!, vault)?.state === 'refused') {
      // An earlier word of the vault was written in the same moment.
      await this.deps.rds.setTags(plan.region, snapshot!.arn, receiptTag(vault, receipt));
    }
    log.info('receipt', { ...about, reason: receipt.reason, storedAt: receipt.storedAt });
  }

  /** The snapshot that the vault has or refuses: it may have been given a copy in its place. */
  private async find(arn: string, plan: ReceiptEvent['plan']): Promise<Snapshot | undefined> {
    const given = await this.deps.rds.findSnapshot(arn, plan.account);
    return given && isMadeUnderName(given, plan) && originalOf(given) !== undefined
      ? this.deps.rds.findSnapshot(formatSnapshotArn({ ...parseSnapshotArn(arn)!, identifier: originalOf(given)! }), plan.account)
      : given;
  }
}

/** What the vault says, or why it is not listened to: who sends may send anything. */
function readReceipt({ plan, vault, account, detail }: ReceiptEvent, now: number): Receipt | string {
  const { version, verdict, snapshotArn, reason, storedAt } = detail;
  if (account !== vault.account) {
    return `account ${account} sent it, and the vault is in ${vault.account}`;
  }
  if (version !== RECEIPT_VERSION) {
    return `it has version '${String(version)}', and this plan reads ${RECEIPT_VERSION}`;
  }
  const sender = typeof detail.vault === 'string' ? parseEventBusArn(detail.vault) : undefined;
  if (!sender || vaultId(sender) !== vaultId(vault)) {
    return `it is of the vault '${String(detail.vault).slice(0, 300)}'`;
  }
  if (verdict !== 'STORED' && verdict !== 'REFUSED') {
    return `its verdict '${String(verdict).slice(0, 100)}' is not known`;
  }
  const arn = typeof snapshotArn === 'string' ? parseSnapshotArn(snapshotArn) : undefined;
  if (!arn || arn.account !== plan.account || arn.region !== plan.region) {
    return `it is about no snapshot of account ${plan.account} in ${plan.region}`;
  }
  return {
    ...detail as Receipt,
    reason: typeof reason === 'string' ? reason : 'the vault gave no reason',
    storedAt: typeof storedAt === 'string' && !Number.isNaN(Date.parse(storedAt)) ? storedAt : new Date(now).toISOString(),
  };
}

function whyNot({ plan, vault }: ReceiptEvent, { verdict }: Receipt, snapshot: Snapshot | undefined): string | undefined {
  if (!snapshot) {
    return 'the snapshot is gone';
  }
  if (!isMadeUnderName(snapshot, plan) || originalOf(snapshot) !== undefined) {
    return 'the snapshot is not one of the plan';
  }
  switch (vaultStateOf(snapshot, vault)?.state) {
    case undefined:
      return 'the snapshot was never announced to the vault';
    case 'stored':
      // It was there once: what the vault makes of a later announcement takes nothing of that back.
      return verdict === 'STORED' ? 'that is known' : 'the vault had it before';
    default:
      return undefined;
  }
}
