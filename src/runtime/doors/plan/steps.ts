import { PlanNaming } from '../../../core/plan/plan-ownership';
import { ClusterSelection, PlanRules, PlannedCluster, readPlanRules } from '../../../core/plan/plan-rules';
import { PlanRun } from '../../../core/plan/plan-run';
import { PartVerdict, Verdict } from '../../../core/plan/verdict';
import { Announcement } from '../../../core/vault/announcement';
import { Receipt } from '../../../core/vault/receipt';
import { VaultAddress } from '../../../core/vault/vault-address';
import { WorkMemory } from '../../work/work-loop';

/** Which function is called next. Every answer says so, and so does what an execution begins with; all decisions are in the functions. */
export type Call = 'look' | 'start' | 'turn' | 'prune';

/** What a function answers while there is more to do. */
export interface CallStep<Memory> {
  readonly call: Call;
  /** How long to wait before that. */
  readonly waitSeconds: number;
  readonly memory: Memory;
}

/** What became of the snapshots of a Region. */
export interface Pruned {
  readonly deleted: readonly string[];
  /** What `REPORT_ONLY` would have deleted. */
  readonly wouldDelete: readonly string[];
  /** What is odd about snapshots that are kept. */
  readonly reports: readonly string[];
}

/** A cluster that a run backs up, with the pace that the size of the run allows. */
export interface PlannedItem extends PlannedCluster {
  /** Beginnings are spread over time, so that a thousand clusters do not ask at once. */
  readonly firstWaitSeconds: number;
  readonly shortestWaitSeconds: number;
  /** Whether only its tags brought it into the plan. */
  readonly byTag: boolean;
  /** How much of a reason the result may hold: the results of all clusters come back in one list. */
  readonly reasonLength: number;
}

/** What a run is to do with a good snapshot beside keeping it. */
export type DeliveryKind = 'copy' | 'export' | 'vault';

/** A copy or an export that a run is to make of a cluster, or a vault that is to have its snapshot. */
export interface DeliveryState {
  readonly kind: DeliveryKind;
  /** The Region of a copy, the id of an export rule or of a vault. */
  readonly name: string;
  /** The execution that makes it, once it has its turn. */
  readonly execution?: string;
  /** Which try in its period is the next one that may be open. */
  readonly attempt?: number;
  readonly verdict?: Verdict;
  /** Set when there is nothing to do: another run has made the export of this period. */
  readonly notDue?: true;
}

export interface ClusterMemory extends WorkMemory {
  readonly todo: 'take' | 'share' | 'clear' | 'prune' | 'deliver';
  readonly clusterResourceId?: string;
  readonly parts: readonly PartVerdict[];
  readonly pruned: Pruned;
  readonly deliveries?: readonly DeliveryState[];
  readonly deliveriesSince?: number;
  /** When it was last asked whether a newer snapshot makes those pointless that still wait. */
  readonly comparedAt?: number;
}

export type ClusterAnswer = CallStep<ClusterMemory> | {
  readonly call: 'report';
  readonly report: EventReport;
  readonly result: ClusterResult;
};

/** What the run gets to know of a cluster. */
export interface ClusterResult {
  readonly verdict: Verdict;
  readonly cluster?: string;
  readonly why?: string;
  /** Set when its functions failed again and again, so that nobody has written down its verdict. */
  readonly lost?: true;
}

/** An event to publish. */
export interface EventReport {
  readonly detail: object;
  readonly resources: readonly string[];
}

/** The backup of one cluster in one run. */
export interface ClusterEvent {
  readonly door: 'plan';
  readonly task: 'cluster';
  readonly plan: PlanRules;
  readonly run: PlanRun;
  readonly item: PlannedItem;
  readonly deliveryStateMachineArn: string;
  readonly answer: CallStep<ClusterMemory>;
}

/** What an execution of the delivery machine begins with. */
export interface DeliveryInput {
  readonly plan: PlanRules;
  readonly run: PlanRun;
  readonly item: PlannedItem;
  readonly delivery: Delivery;
  readonly answer: DeliveryStep;
}

export interface Delivery {
  readonly kind: DeliveryKind;
  /** The Region of a copy, the id of an export rule or of a vault. */
  readonly name: string;
  readonly sourceArn: string;
  readonly clusterResourceId: string;
  /** Makes the identifiers of exports differ from one try in a period to the next. */
  readonly execution: string;
  readonly requestedAt: number;
}

export interface DeliveryMemory extends WorkMemory {
  readonly todo: 'make' | 'clear' | 'prune' | 'share' | 'announce';
  readonly outcome?: PartVerdict;
  readonly pruned: Pruned;
  /** The ARN of what is shared with a vault, if that is a copy. */
  readonly copyArn?: string;
  /** When the snapshot was last announced to its vault. */
  readonly announcedAt?: number;
}

/** The announcement is published, and after the wait it is looked whether the vault has answered. */
export interface AnnounceStep {
  readonly call: 'announce';
  readonly report: EventReport & { readonly detail: Announcement };
  readonly lookInSeconds: number;
  readonly memory: DeliveryMemory;
}

export type DeliveryStep = CallStep<DeliveryMemory> | AnnounceStep;
export type DeliveryAnswer = DeliveryStep | { readonly call: 'end'; readonly outcome: DeliveryOutcome };

/** What the execution of a delivery ends with. */
export interface DeliveryOutcome extends PartVerdict {
  readonly pruned: Pruned;
  /** Why its Region could not be pruned as it should. */
  readonly trouble?: string;
}

export interface DeliveryEvent extends DeliveryInput {
  readonly door: 'plan';
  readonly task: 'delivery';
  readonly deliveryStateMachineArn: string;
}

/** A vault has answered. The account is what EventBridge says of the sender; the detail is the sender's. */
export interface ReceiptEvent {
  readonly door: 'plan';
  readonly task: 'receipt';
  readonly plan: PlanNaming & { readonly account: string };
  readonly vault: VaultAddress;
  readonly account: string;
  readonly detail: Partial<Receipt>;
}

/** What is known of a plan outside its runs. */
export interface PlanFacts {
  readonly planName: string;
  readonly account: string;
  readonly region: string;
  readonly notificationTopicArn?: string;
}

/** A schedule fires. */
export interface LaunchEvent {
  readonly door: 'plan';
  readonly task: 'launch';
  readonly stateMachineArn: string;
  readonly scheduledTime: string;
  /** A run that begins later than this is in the way of the next. Absent in the schedules of earlier releases. */
  readonly latestBeginningSeconds?: number;
  readonly facts: PlanFacts;
}

/** An execution ended otherwise than by telling its verdict. */
export interface EndedEvent {
  readonly door: 'plan';
  readonly task: 'ended';
  readonly stateMachineArn: string;
  readonly facts: PlanFacts;
  readonly detail: { readonly executionArn: string; readonly name: string; readonly status: string };
}

export interface SelectEvent {
  readonly door: 'plan';
  readonly task: 'select';
  readonly plan: PlanRules;
  readonly selection: ClusterSelection;
}

export interface PageEvent {
  readonly door: 'plan';
  readonly task: 'page';
  readonly plan: PlanRules;
  readonly selection: ClusterSelection;
  readonly maxConcurrency?: number;
  readonly page: PageRange;
  readonly count: number;
}

/** The clusters that one page of a run is about, and what is the same for all of them. */
export interface Page {
  readonly items: ReadonlyArray<Required<PlannedCluster> & Pick<PlannedItem, 'firstWaitSeconds' | 'byTag'>>;
  readonly pace: Pick<PlannedItem, 'shortestWaitSeconds' | 'reasonLength'>;
  /** How many of them at a time; 0 is no limit. */
  readonly maxConcurrency: number;
  readonly pages: number;
}

/** The clusters whose names lie between these two, the second included. */
export interface PageRange {
  readonly after: string;
  readonly upTo: string;
  /** How many begin before this page. */
  readonly position: number;
  /** How many pages there are: they share what is limited. */
  readonly pages: number;
}

/** Which pages a run is about; they are worked off side by side. */
export interface Selected {
  readonly pages: readonly PageRange[];
  readonly count: number;
}

/** How the clusters of a run have fared so far. */
export interface Tally {
  readonly counts: Readonly<Partial<Record<Verdict, number>>>;
  /** The clusters that did not succeed, as many as fit. */
  readonly notSucceeded: readonly ClusterResult[];
}

export interface TallyEvent {
  readonly door: 'plan';
  readonly task: 'tally';
  readonly plan: PlanRules;
  readonly run: PlanRun;
  readonly page: Page;
  readonly results: readonly ClusterResult[];
}

/** What a former cluster left in one Region. */
export interface Leavings {
  readonly cluster: string;
  readonly region: string;
  /** Set where only copies go that were made for vaults. */
  readonly onlyForVaults?: true;
}

/** What is left of clusters that a run was not about. */
export interface FormerMemory {
  readonly todo: readonly Leavings[];
  readonly found: number;
  readonly pruned: Pruned;
  /** What was not pruned as it should, and why. */
  readonly troubles?: readonly string[];
  readonly tries?: number;
}

export type FormerAnswer = CallStep<FormerMemory> | { readonly call: 'conclude'; readonly memory: FormerMemory };

export interface FormersEvent {
  readonly door: 'plan';
  readonly task: 'formers';
  readonly plan: PlanRules;
  readonly run: PlanRun;
  readonly selection: ClusterSelection;
  readonly answer?: CallStep<FormerMemory>;
}

export interface ConcludeEvent {
  readonly door: 'plan';
  readonly task: 'conclude';
  readonly plan: PlanRules;
  readonly run: PlanRun;
  /** One for each page; null or empty if the page's execution failed. */
  readonly tallies: ReadonlyArray<Partial<Tally> | null>;
  readonly selected: Selected;
  /** What was done about former clusters, and the error, as Step Functions tells it, if it went no further. */
  readonly formers: { readonly memory?: FormerMemory; readonly error?: { readonly Error?: string; readonly Cause?: string } };
}

/** The age of the newest copies is asked for. */
export interface AgeEvent {
  readonly door: 'plan';
  readonly task: 'age';
  readonly plan: PlanRules;
  readonly selection: ClusterSelection;
}

/** What a person and an event are told of a run. */
export interface RunReport extends EventReport {
  readonly detail: { readonly verdict: Verdict; readonly message: string };
  readonly subject: string;
  readonly text: string;
  readonly topicArn?: string;
}

export const NOTHING_PRUNED: Pruned = { deleted: [], wouldDelete: [], reports: [] };

/** Every event that brings rules is refused when they are of another version. */
export function readPlan<E extends { readonly plan: PlanRules }>(event: E): E {
  readPlanRules(event.plan);
  return event;
}

