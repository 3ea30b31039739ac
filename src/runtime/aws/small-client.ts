import { SFNClient, SFNClientConfig } from '@aws-sdk/client-sfn';
import { partition } from '@aws-sdk/core/client';
import { Command } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';

/** What tells one service from another to the machinery that all clients of the SDK share. */
export interface Service {
  /** As the SDK spells it: AWS_ENDPOINT_URL_<ID> is an endpoint for it alone. */
  readonly id: string;
  /** Begins the host name, and signs. */
  readonly name: string;
  /** Partitions whose usual hosts do without the "-fips" that others have. */
  readonly partitionsOfFipsHosts?: readonly string[];
  readonly namespace: string;
  readonly protocol: NonNullable<SFNClientConfig['protocol']>;
  /** What the protocol wants to know beside. */
  readonly protocolSettings?: Readonly<Record<string, string>>;
}

export type ClientConfig = Pick<SFNClientConfig, 'region' | 'maxAttempts' | 'requestHandler' | 'credentials' | 'useFipsEndpoint' | 'useDualstackEndpoint'>;

/** A call with its answer, which is only a type here. */
export interface SmallCommand<Output> {
  readonly input: object;
  readonly output?: Output;
}

/** How the models of the SDK write a call down: 9 stands for one. */
type Operation = readonly [kind: 9, namespace: string, name: string, traits: 0 | HttpTraits, input: unknown, output: unknown];

interface HttpTraits {
  readonly http: readonly [method: string, path: string, status: number];
}

const ENDPOINT_PARAMETERS = {
  Endpoint: { type: 'builtInParams', name: 'endpoint' },
  Region: { type: 'builtInParams', name: 'region' },
  UseFIPS: { type: 'builtInParams', name: 'useFipsEndpoint' },
  UseDualStack: { type: 'builtInParams', name: 'useDualstackEndpoint' },
} as const;

/** The command of a call; a subclass gives it its name. */
export function command<Input extends object, Output>(operation: Operation): new (input: Input) => SmallCommand<Output> {
  const [, namespace, name] = operation;
  return Command.classBuilder()
    .ep(ENDPOINT_PARAMETERS)
    .m((_command, _stack, config) => [getEndpointPlugin(config, ENDPOINT_PARAMETERS)])
    .s(namespace, name)
    .n('SmallClient', `${name}Command`)
    .sc(operation as never)
    .build();
}

/**
 * A client of the SDK that knows the calls we make. Those of the SDK bring the model of every call of their service, which for the one call of Lambda
 * alone was a seventh of the bundle. Signing, credentials, endpoints of the environment, retries, timeouts and errors are the SDK's own: all
 * its clients are the same machinery, here that of a client which the bundle has anyway. What is ours is proven against the SDK's clients by a test.
 */
export class SmallClient {
  private readonly machinery: SFNClient;

  constructor(service: Service, config: ClientConfig = {}) {
    this.machinery = new SFNClient({
      ...config,
      serviceId: service.id,
      protocol: service.protocol,
      protocolSettings: { defaultNamespace: service.namespace, errorTypeRegistries: [], ...service.protocolSettings },
      endpointProvider: (parameters) => {
        const endpoint: EndpointParameters = parameters;
        // An endpoint may say by which name it wants requests signed; without it, the machinery would sign by that of its own service.
        const signing = { name: 'sigv4', signingName: service.name, signingRegion: endpoint.Region!, properties: {} };
        return { url: endpointOf(service, endpoint), properties: { authSchemes: [signing] } };
      },
    });
  }

  public async send<Output>(smallCommand: SmallCommand<Output>): Promise<Output> {
    return await this.machinery.send(smallCommand as never) as Output;
  }
}

/** The machinery has refused before to work without a Region. */
interface EndpointParameters {
  readonly Endpoint?: string;
  readonly Region?: string;
  readonly UseFIPS?: boolean;
  readonly UseDualStack?: boolean;
}

/** The rules that most services share; there is no partition today without the endpoints that may be asked for. */
function endpointOf({ name, partitionsOfFipsHosts = [] }: Service, { Endpoint, Region, UseFIPS, UseDualStack }: EndpointParameters): URL {
  if (Endpoint) {
    return new URL(Endpoint);
  }
  const facts = partition(Region!);
  const fips = UseFIPS && (UseDualStack || !partitionsOfFipsHosts.includes(facts.name)) ? '-fips' : '';
  return new URL(`https://${name}${fips}.${Region}.${UseDualStack ? facts.dualStackDnsSuffix : facts.dnsSuffix}`);
}
