import { AwsJson1_1Protocol } from '@aws-sdk/core/protocols';
import { ClientConfig, SmallClient, command } from './small-client';

const NAMESPACE = 'com.amazonaws.ssm';

/** All of the body is JSON, there and back: the machinery need not know what is in it. */
const DOCUMENT = 15;

export class ParameterStoreClient extends SmallClient {
  constructor(config?: ClientConfig) {
    super({
      id: 'SSM',
      name: 'ssm',
      partitionsOfFipsHosts: ['aws-us-gov'],
      namespace: NAMESPACE,
      protocol: AwsJson1_1Protocol,
      protocolSettings: { serviceTarget: 'AmazonSSM' },
    }, config);
  }
}

export interface Parameter {
  readonly Name: string;
  readonly Value: string;
}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export class GetParameterCommand extends command<{ readonly Name: string }, { readonly Parameter: Parameter }>(
  [9, NAMESPACE, 'GetParameter', 0, DOCUMENT, DOCUMENT],
) {}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
export class PutParameterCommand extends command<Parameter & { readonly Type: 'String'; readonly Description: string }, object>(
  [9, NAMESPACE, 'PutParameter', 0, DOCUMENT, DOCUMENT],
) {}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
export class GetParametersByPathCommand extends command<
  { readonly Path: string; readonly Recursive: boolean; readonly NextToken?: string },
  { readonly Parameters?: readonly Parameter[]; readonly NextToken?: string }
>([9, NAMESPACE, 'GetParametersByPath', 0, DOCUMENT, DOCUMENT]) {}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
export class DeleteParametersCommand extends command<{ readonly Names: readonly string[] }, object>(
  [9, NAMESPACE, 'DeleteParameters', 0, DOCUMENT, DOCUMENT],
) {}
