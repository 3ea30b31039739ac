/** Apps, stacks and clusters for tests of constructs, and questions about the templates they make. */
import { App, AppProps, CfnElement, Stack, StackProps } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';

/** Assets stay where they are: their copies and hashes are the business of test/gates. */
const WITHOUT_STAGING = { 'aws:cdk:disable-asset-staging-context': true };

export function anApp(props: AppProps = {}): App {
  return new App({ ...props, context: { ...WITHOUT_STAGING, ...props.context } });
}

export interface TestStackProps extends StackProps {
  readonly app?: App;
  readonly id?: string;
}

/** Without an environment, unless one is given. */
export function aStack({ app = anApp(), id = 'Orders', ...props }: TestStackProps = {}): Stack {
  return new Stack(app, id, props);
}

export function stackIn(region: string, props: TestStackProps = {}): Stack {
  return aStack({ ...props, env: { account: '111111111111', region } });
}

export function importedCluster(scope: Construct, clusterIdentifier = 'orders', id = `Imported-${clusterIdentifier}`): rds.IDatabaseCluster {
  return rds.DatabaseCluster.fromDatabaseClusterAttributes(scope, id, { clusterIdentifier });
}

/** A cluster that the stack itself makes. */
export function newCluster(scope: Construct, id = 'Cluster'): rds.DatabaseCluster {
  return new rds.DatabaseCluster(scope, id, {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(scope, `${id}Vpc`, { maxAzs: 2, natGateways: 0 }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  });
}

/** What a stack puts into its template; CloudFormation, and so the newest CDK, refuses a template without any. */
export const elementsOf = (stack: Stack): CfnElement[] => stack.node.findAll().filter(CfnElement.isCfnElement);

export const templateOf = (stack: Stack): Template => Template.fromStack(stack);

export const SNAPSHOT = 'Custom::AuroraClusterSnapshot';
export const COPY = 'Custom::AuroraClusterSnapshotCopy';
export const SHARE = 'Custom::AuroraClusterSnapshotShare';
export const EXPORT = 'Custom::AuroraExportTask';

/** The properties of the only resource of the type. */
export function propertiesOf(stack: Stack, type: string): Record<string, unknown> {
  const resources = Object.values(templateOf(stack).findResources(type));
  expect(resources).toHaveLength(1);
  return resources[0].Properties;
}

export interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export type HelperRole = 'Start' | 'Cancel' | 'IsComplete' | 'OnEvent';

/** The statements of the role of one of the four functions. */
export function statementsOf(stack: Stack, role: HelperRole): Statement[] {
  const roles = templateOf(stack).findResources('AWS::IAM::Role', Match.objectLike({}));
  const ids = Object.keys(roles).filter((id) => id.startsWith(`AuroraBackupOperations${role}Role`));
  expect(ids).toHaveLength(1);
  return roles[ids[0]].Properties.Policies.flatMap((policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement);
}

export const actionsOf = (statement: Statement): string[] => [statement.Action].flat();

/** The statements of a role that allow the action. */
export function statementsFor(stack: Stack, role: HelperRole, action: string): Statement[] {
  return statementsOf(stack, role).filter((statement) => actionsOf(statement).includes(action));
}

/** Resources of statements as text, with pseudo parameters as `${AWS::Region}`. */
export function resourcesOf(...statements: Statement[]): string[] {
  return statements.flatMap(({ Resource }) => [Resource].flat()).map(asText);
}

export function asText(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as { 'Ref'?: string; 'Fn::Join'?: [string, unknown[]]; 'Fn::GetAtt'?: string[] };
  if (join) {
    return join[1].map(asText).join(join[0]);
  }
  return Ref ? `\${${Ref}}` : attribute ? `\${${attribute.join('.')}}` : JSON.stringify(value);
}

/** The message that a construct fails with at synth. */
export function messageOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}
