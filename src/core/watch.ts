import { Handle } from './handle';
import { hash } from './identifiers';
import { OwningResource } from './ownership';

const REPORT = '-report';

/**
 * The name of the execution that watches a piece of work. It follows from the work alone, so that handing it over twice starts
 * one watch. Step Functions keeps names for 90 days, so where what is made has the same identifier at every try, because the user chose
 * it or because it is the source itself that is shared, the request is part of the name.
 */
export function watchName({ resource, work, request, generation }: Handle): string {
  const name = watchesOf(resource, work.target);
  const mayComeAgain = request.kind === 'share' || ('explicitIdentifier' in request && request.explicitIdentifier !== undefined);
  return mayComeAgain ? `${name}-${hash([generation], 8)}` : name;
}

/** The name of the execution that only reports how work ended during the deploy. It is left alone when watches are stopped. */
export function reportName({ resource, work, generation }: Handle): string {
  return `${watchesOf(resource, work.target)}-${hash([generation], 8)}${REPORT}`;
}

export function isReportName(name: string): boolean {
  return name.endsWith(REPORT);
}

/** What the names of all watches of one target begin with; of most targets there is one watch, with this name. */
export function watchesOf(resource: OwningResource, target: string): string {
  return `${watchesOfResource(resource)}${hash([target], 16)}`;
}

/** What the names of all watches of a resource begin with. */
export function watchesOfResource({ owner, stackId, logicalId }: OwningResource): string {
  return `${owner}-${hash([stackId, logicalId], 10)}-`;
}
