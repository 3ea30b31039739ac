import { hash } from './identifiers';
import { OwningResource } from './ownership';

const REPORT = '-report';

/**
 * The name of the execution that watches, or reports, one piece of work. It follows from the work alone, so that handing it over
 * twice starts one watch; and it begins with what the resource is known by, so that the watches of a resource can be found.
 */
export function watchName(resource: OwningResource, target: string): string {
  return `${watchPrefix(resource)}${hash([target], 16)}`;
}

/** What the names of all watches of a resource begin with. */
export function watchPrefix({ owner, stackId, logicalId }: OwningResource): string {
  return `${owner}-${hash([stackId, logicalId], 10)}-`;
}

/** The name of the execution that only reports how work ended during the deploy. */
export function reportName(resource: OwningResource, target: string): string {
  return `${watchName(resource, target)}${REPORT}`;
}

export function isReportName(name: string): boolean {
  return name.endsWith(REPORT);
}
