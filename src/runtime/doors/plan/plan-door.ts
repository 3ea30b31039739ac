import { Age } from './age';
import { ClusterLook, LookDependencies } from './cluster-look';
import { ClusterStart } from './cluster-start';
import { ClusterTurn, TurnDependencies } from './cluster-turn';
import { DeliveryLook } from './delivery-look';
import { DeliveryStart, DeliveryStartDependencies } from './delivery-start';
import { DeliveryTurn } from './delivery-turn';
import { Formers } from './formers';
import { Pruner } from './pruner';
import { Receipts } from './receipts';
import { PruningTools } from './region-to-prune';
import { addUp, concludeRun } from './run-verdict';
import { DeadLetter, Runs } from './runs';
import { Select } from './select';
import {
  AgeEvent, ClusterEvent, ConcludeEvent, DeliveryEvent, EndedEvent, FormersEvent, LaunchEvent, PageEvent, ReceiptEvent, SelectEvent, TallyEvent,
} from './steps';
import { VaultLook } from './vault-look';
import { VaultStart } from './vault-start';

type LookEvent = ClusterEvent | DeliveryEvent | SelectEvent | PageEvent | FormersEvent | AgeEvent;
type RunsEvent = LaunchEvent | EndedEvent | ClusterEvent | DeliveryEvent | TallyEvent | ConcludeEvent | QueueEvent;

/** What Lambda makes of the dead-letter queue. */
interface QueueEvent {
  readonly task?: undefined;
  readonly Records: ReadonlyArray<DeadLetter>;
}

/** Looks, and writes nothing. */
export async function planLook(event: LookEvent, deps: LookDependencies) {
  switch (event.task) {
    case 'cluster':
      return new ClusterLook(deps).handle(event);
    case 'delivery':
      return event.delivery.kind === 'vault' ? new VaultLook(deps).handle(event) : new DeliveryLook(deps).handle(event);
    case 'select':
      return new Select(deps.rds).pages(event);
    case 'page':
      return new Select(deps.rds).page(event);
    case 'formers':
      return new Formers(deps.rds, deps.now).handle(event);
    case 'age':
      return new Age(deps.rds, deps.now).handle(event);
    default:
      return unknown(event);
  }
}

/** Makes, tags and shares; deletes nothing. */
export async function planStart(event: ClusterEvent | DeliveryEvent | ReceiptEvent, deps: DeliveryStartDependencies) {
  switch (event.task) {
    case 'cluster':
      return new ClusterStart({ ...deps, take: deps.start }).handle(event);
    case 'delivery':
      return event.delivery.kind === 'vault' ? new VaultStart(deps).handle(event) : new DeliveryStart(deps).handle(event);
    case 'receipt':
      return new Receipts(deps).handle(event);
    default:
      return unknown(event);
  }
}

/** Deletes what retention no longer keeps. */
export async function planPrune(event: ClusterEvent | DeliveryEvent | FormersEvent, deps: PruningTools) {
  const pruner = new Pruner(deps);
  switch (event.task) {
    case 'cluster':
      return pruner.handleCluster(event);
    case 'delivery':
      return pruner.handleDelivery(event);
    case 'formers':
      return pruner.handleFormers(event);
    default:
      return unknown(event);
  }
}

/** Begins runs and deliveries and tells of runs; knows Step Functions only. */
export async function planRuns(event: RunsEvent, deps: TurnDependencies) {
  const runs = new Runs(deps);
  switch (event.task) {
    case 'launch':
      return runs.launch(event);
    case 'ended':
      return runs.ended(event);
    case 'cluster':
      return new ClusterTurn(deps).handle(event);
    case 'delivery':
      return new DeliveryTurn(deps.executionsOf).handle(event);
    case 'tally':
      return addUp(event, deps.now());
    case 'conclude':
      return concludeRun(event, deps.now());
    case undefined:
      for (const record of event.Records) {
        await runs.deadLetter(record);
      }
      return undefined;
    default:
      return unknown(event);
  }
}

function unknown(event: never): never {
  throw new Error(`this runtime does not know the task '${String((event as { task?: unknown }).task)}'; deploy the plan and its functions from the same release of cdk-aurora-backup`);
}
