import { ArrivalDependencies, Arrivals } from './arrivals';
import { ArriveLook } from './arrive-look';
import { lookingAfter } from './looking-after';
import { PruneVault } from './prune-vault';
import { PruneDependencies, ReceiveClear } from './receive-clear';
import { ReceiveLook, ReceiveLookDependencies } from './receive-look';
import { ReceiveStart, ReceiveStartDependencies } from './receive-start';
import { ReleaseDependencies, Releases } from './releases';
import { AnnouncedEvent, ArriveEvent, ArrivedEvent, ExpireEvent, PruneEvent, ReceiveEvent, ReleaseEvent, SweepEvent } from './steps';
import { Sweep } from './sweep';

/** Begins to receive, and gives copies their turn; knows Step Functions only. */
export async function vaultRuns(event: AnnouncedEvent | ArriveEvent | ArrivedEvent | ReceiveEvent, deps: ArrivalDependencies) {
  const arrivals = new Arrivals(deps);
  switch (event.task) {
    case 'announced':
      return arrivals.announced(event);
    case 'arrive':
      return arrivals.confirmed(event);
    case 'arrived':
      return lookingAfter(event.vault, deps.now, () => arrivals.arrived(event));
    case 'receive':
      return arrivals.turn(event);
    default:
      return unknown(event);
  }
}

/** Looks, and writes nothing. */
export async function vaultLook(event: ArriveEvent | ReceiveEvent | SweepEvent, deps: ReceiveLookDependencies) {
  switch (event.task) {
    case 'arrive':
      return new ArriveLook(deps).handle(event);
    case 'receive':
      return new ReceiveLook(deps).handle(event);
    case 'sweep':
      return lookingAfter(event.rules, deps.now, () => new Sweep(deps).handle(event));
    default:
      return unknown(event);
  }
}

/** Copies, and tags what it makes; deletes and shares nothing. */
export async function vaultStart(event: ReceiveEvent, deps: ReceiveStartDependencies) {
  switch (event.task) {
    case 'receive':
      return new ReceiveStart(deps).handle(event);
    default:
      return unknown(event as never);
  }
}

/** Deletes what failed, and what retention no longer keeps; tags nothing. */
export async function vaultPrune(event: ReceiveEvent | PruneEvent, deps: PruneDependencies) {
  switch (event.task) {
    case 'receive':
      return new ReceiveClear(deps).handle(event);
    case 'prune':
      return lookingAfter(event.rules, deps.now, () => new PruneVault(deps).handle(event));
    default:
      return unknown(event);
  }
}

/** Lends copies and takes them back; makes and deletes nothing. */
export async function vaultRelease(event: ReleaseEvent | ExpireEvent, deps: ReleaseDependencies) {
  const releases = new Releases(deps);
  switch (event.task) {
    case 'release':
      return releases.handle(event);
    case 'expire':
      return lookingAfter(event.rules, deps.now, () => releases.expire(event));
    default:
      return unknown(event);
  }
}

function unknown(event: never): never {
  throw new Error(`this runtime does not know the task '${String((event as { task?: unknown }).task)}'; deploy the vault and its functions from the same release of cdk-aurora-backup`);
}
