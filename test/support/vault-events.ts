/** A vault in Ireland, what Germany shares with it, and what its state machines ask its functions. */
import { ACCOUNT, NOON, OTHER_ACCOUNT, OTHER_REGION, REGION, STATE_MACHINE_ARN } from './events';
import { SnapshotFacts, aSnapshot } from './snapshots';
import { CopyRule } from '../../src/core/plan/plan-rules';
import { Snapshot, Tags } from '../../src/core/snapshot';
import { factsOf } from '../../src/core/vault/admission';
import { ANNOUNCEMENT_VERSION, Announcement } from '../../src/core/vault/announcement';
import { senderOf } from '../../src/core/vault/turns';
import { eventBusArnOf } from '../../src/core/vault/vault-address';
import { vaultCopyIdentifier, vaultFurtherCopyIdentifier, vaultFurtherTags, vaultOwner, vaultTags } from '../../src/core/vault/vault-ownership';
import { VAULT_RULES_VERSION, VaultRules } from '../../src/core/vault/vault-rules';
import {
  AnnouncedEvent, ArriveEvent, Arrived, ArrivedEvent, PruneEvent, ReceiveEvent, ReceiveMemory, ReleaseEvent, ReleaseMemory,
} from '../../src/runtime/doors/vault/steps';

export const VAULT = 'Vault';
export const FAR_REGION = 'us-east-1';
export const VAULT_KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/vault`;
export const FAR_KEY_ARN = `arn:aws:kms:${FAR_REGION}:${ACCOUNT}:key/far`;
export const SOURCE_KEY_ARN = `arn:aws:kms:${OTHER_REGION}:${OTHER_ACCOUNT}:key/source`;
export const RECOVERY_ACCOUNT = '333333333333';
export const STRANGER = '999999999999';
export const ARRIVE_MACHINE_ARN = STATE_MACHINE_ARN.replace('Watch', 'Arrive');
export const RECEIVE_MACHINE_ARN = STATE_MACHINE_ARN.replace('Watch', 'Receive');
export const BUS_ARN = eventBusArnOf({ account: ACCOUNT, region: REGION, vaultName: VAULT }, 'aws');

/** The cluster whose snapshots are shared. */
export const SENDER = senderOf({ account: OTHER_ACCOUNT, region: OTHER_REGION, clusterIdentifier: 'orders' });

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function aVault(changes: Partial<VaultRules> = {}): VaultRules {
  return {
    version: VAULT_RULES_VERSION,
    vaultName: VAULT,
    owner: vaultOwner(VAULT),
    partition: 'aws',
    account: ACCOUNT,
    region: REGION,
    eventBusArn: BUS_ARN,
    kmsKeyId: VAULT_KEY_ARN,
    sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION] }],
    retention: { keep: 'for', seconds: 30 * 86_400, minimumSnapshots: 1 },
    minimumRetentionSeconds: 0,
    dailyAdmission: 4,
    maximumSnapshots: 100,
    copies: [],
    recoveryAccounts: [RECOVERY_ACCOUNT],
    ...changes,
  };
}

export function aFurtherCopy(changes: Partial<CopyRule> = {}): CopyRule {
  return { region: FAR_REGION, kmsKeyId: FAR_KEY_ARN, retention: { keep: 'for', seconds: 14 * 86_400, minimumSnapshots: 1 }, ...changes };
}

/** What the source shares with the vault, as RDS describes it there. */
export function shared(name = 'nightly', facts: SnapshotFacts = {}): Snapshot {
  return aSnapshot({
    region: OTHER_REGION,
    account: OTHER_ACCOUNT,
    identifier: name,
    type: 'shared',
    clusterResourceId: 'cluster-THEIRS',
    encrypted: true,
    kmsKeyId: SOURCE_KEY_ARN,
    ...facts,
  });
}

export interface CopyFacts extends SnapshotFacts {
  readonly rules?: VaultRules;
  readonly source?: Snapshot;
  readonly keepUntil?: Date;
  readonly extraTags?: Tags;
}

/** The copy that the vault has of it, complete. */
export function stored(name = 'nightly', { rules = aVault(), source = shared(name), keepUntil = new Date(0), extraTags = {}, ...facts }: CopyFacts = {}): Snapshot {
  const its = factsOf(source)!;
  const identifier = vaultCopyIdentifier(rules, its.sourceArn, its.createTime, its.clusterIdentifier);
  return aSnapshot({
    identifier,
    clusterIdentifier: source.clusterIdentifier,
    sourceArn: source.arn,
    encrypted: true,
    kmsKeyId: VAULT_KEY_ARN,
    tags: { ...vaultTags(rules, identifier, its, keepUntil), ...extraTags },
    ...facts,
  });
}

/** The copy of a copy. */
export function storedFar(of: Snapshot, facts: SnapshotFacts = {}): Snapshot {
  const identifier = vaultFurtherCopyIdentifier(aVault(), of.identifier, FAR_REGION);
  const tags = vaultFurtherTags(of, identifier);
  return aSnapshot({ region: FAR_REGION, identifier, sourceArn: of.arn, encrypted: true, kmsKeyId: FAR_KEY_ARN, tags, ...facts });
}

export function announced(detail: Partial<Announcement> = {}, account = OTHER_ACCOUNT, rules = aVault()): AnnouncedEvent {
  return {
    door: 'vault',
    task: 'announced',
    arriveStateMachineArn: ARRIVE_MACHINE_ARN,
    vault: rules,
    event: { account, detail: { version: ANNOUNCEMENT_VERSION, vault: BUS_ARN, snapshotArn: shared().arn, planName: 'Gold', run: 'tonight', ...detail } },
  };
}

/** Sent by the cluster whose snapshots are shared, unless it is said otherwise. */
export function arrived(...sources: Array<Omit<Arrived, 'sender'> & Partial<Arrived>>): ArrivedEvent {
  const sent = sources.map((source) => ({ sender: SENDER, ...source }));
  return { door: 'vault', task: 'arrived', receiveStateMachineArn: RECEIVE_MACHINE_ARN, vault: aVault(), arrived: sent };
}

/** One step of looking into the announcement of `nightly`, unless it is said otherwise. */
export function arriving(memory: ArriveEvent['answer']['memory'] = {}, facts: Partial<Pick<ArriveEvent, 'rules' | 'snapshotArn'>> = {}): ArriveEvent {
  return {
    door: 'vault',
    task: 'arrive',
    rules: aVault(),
    receiveStateMachineArn: RECEIVE_MACHINE_ARN,
    snapshotArn: shared().arn,
    ...facts,
    answer: { call: 'look', waitSeconds: 0, memory },
  };
}

/** One step of receiving `nightly`, unless it is said otherwise. */
export function receiving(memory: Partial<ReceiveMemory> = {}, facts: Partial<Pick<ReceiveEvent, 'rules' | 'source'>> = {}): ReceiveEvent {
  return {
    door: 'vault',
    task: 'receive',
    rules: aVault(),
    receiveStateMachineArn: RECEIVE_MACHINE_ARN,
    source: { snapshotArn: shared().arn, sender: SENDER, execution: 'r-1' },
    ...facts,
    answer: { call: 'start', waitSeconds: 0, memory: { todo: 'receive', ...memory } },
  };
}

/** What an execution remembers that has begun its copy. */
export function working(copy = stored(), memory: Partial<ReceiveMemory> = {}): Partial<ReceiveMemory> {
  return { todo: 'receive', copy: { identifier: copy.identifier, tags: copy.tags }, seen: true, counted: true, beganAt: NOON, ...memory };
}

export function pruning(rules = aVault()): PruneEvent {
  return { door: 'vault', task: 'prune', rules, answer: { call: 'prune', waitSeconds: 0, memory: { deleted: 0, troubles: [] } } };
}

export const REQUEST = {
  recoveryAccountId: RECOVERY_ACCOUNT, sourceAccountId: OTHER_ACCOUNT, clusterIdentifier: 'orders', hours: 2, reason: 'ransomware drill',
};

export function releasing(request: object = {}, memory: ReleaseMemory = {}, call: 'share' | 'expire' = 'share', rules = aVault()): ReleaseEvent {
  return {
    door: 'vault', task: 'release', rules, request: { ...REQUEST, ...request }, execution: 'drill', answer: { call, waitSeconds: 0, memory },
  };
}
