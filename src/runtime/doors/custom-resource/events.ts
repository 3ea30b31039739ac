import { WireProperties } from '../../../core/resource-contract';

/** What CloudFormation sends, as the Provider framework passes it on. */
export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceProperties: WireProperties;
  readonly OldResourceProperties?: WireProperties;
}

/** What the first call leaves for the later ones: the framework merges it into every event of the same request. */
export interface PolledEvent extends ResourceEvent {
  readonly PhysicalResourceId: string;
  /** When the request came in, in milliseconds since 1970. */
  readonly StartedAt: number;
}

export interface ResourceAnswer {
  readonly IsComplete: boolean;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** What the handler of one kind of resource makes of one look. */
export type ResourceStep =
  /** With the id that the resource has from now on, if it is not that of the event. */
  | { readonly status: 'DONE'; readonly physicalId?: string; readonly attributes?: Readonly<Record<string, string>> }
  /** To be looked at again: for a reason that ends by itself. */
  | { readonly status: 'PENDING'; readonly reason: string; readonly patienceSeconds: number }
  | { readonly status: 'FAILED'; readonly message: string };

/** The handler of one kind of resource; asked again until it is done or has failed. */
export interface ResourceHandler {
  /** The id of what does not exist yet. */
  physicalId(event: ResourceEvent): string;
  step(event: PolledEvent, elapsedSeconds: number): Promise<ResourceStep>;
}

export interface StackFacts {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** What no later stack of the same name has. */
  readonly uuid: string;
}

export function stackOf({ StackId }: ResourceEvent): StackFacts {
  const [, partition, , region, account, resource] = StackId.split(':');
  return { partition, region, account, uuid: resource.split('/')[2] };
}
