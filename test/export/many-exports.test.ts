import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ClusterSnapshot, ExportSource } from '../../src';
import { stackIn } from '../support/constructs';
import { exportIn, keyOf, lakeIn } from '../support/exports';

/** IAM: the inline policies of a role have 10,240 characters in all. A reference becomes a Region, an account, or a name that is longer. */
const MAX_INLINE_CHARACTERS = 10_240;
const A_REFERENCE = 'x'.repeat(40);

function stackWithExports(count: number): Stack {
  const stack = stackIn('eu-west-1');
  const place = { bucket: lakeIn(stack), encryptionKey: keyOf(stack) };
  for (let n = 0; n < count; n++) {
    const cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, `Cluster${n}`, { clusterIdentifier: `orders-production-${n}` });
    exportIn(stack, { ...place, source: ExportSource.cluster(cluster) }, `Export${n}`);
  }
  return stack;
}

/** A policy as CloudFormation hands it to IAM. */
function resolved(value: any): any {
  if (Array.isArray(value)) {
    return value.map(resolved);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (value.Ref || value['Fn::GetAtt']) {
    return A_REFERENCE;
  }
  return value['Fn::Join'] ? resolved(value['Fn::Join'][1]).join('') : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part)]));
}

/** How many characters the policies of the function have that starts everything. */
function charactersOfStartRole(stack: Stack): number {
  const template = Template.fromStack(stack);
  const [id, role] = Object.entries(template.findResources('AWS::IAM::Role')).find(([name]) => name.startsWith('AuroraBackupOperationsStartRole'))!;
  const attached = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) => JSON.stringify(policy.Properties.Roles).includes(id));
  return [...role.Properties.Policies, ...attached.map((policy) => policy.Properties)]
    .map(({ PolicyDocument }) => JSON.stringify(resolved(PolicyDocument)).length)
    .reduce((sum, length) => sum + length, 0);
}

test('a stack has room for fifty exports in the policies of the role that starts them', () => {
  expect(charactersOfStartRole(stackWithExports(50))).toBeLessThan(MAX_INLINE_CHARACTERS);
});

describe('CloudFormation finds an order', () => {
  test('for exports of which one waits for the other', () => {
    const stack = stackWithExports(2);
    stack.node.findChild('Export1').node.addDependency(stack.node.findChild('Export0'));

    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('for a snapshot before an export of something else', () => {
    const stack = stackWithExports(1);
    const cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Billing', { clusterIdentifier: 'billing' });
    new ClusterSnapshot(stack, 'Before', { cluster }).takeBefore(stack.node.findChild('Export0'));

    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
