import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { CONDITIONAL_PROPERTIES, CREATE_ONLY_PROPERTIES } from '../../../src/core/restore/restore-contract';

const [cluster] = loadAwsServiceSpecSync().lookup('resource', 'cloudFormationType', 'equals', 'AWS::RDS::DBCluster');

/** The properties for which CloudFormation's schema says that a change of them replaces the cluster. */
function propertiesThat(replace: 'yes' | 'maybe'): string[] {
  return Object.entries(cluster.properties).filter(([, { causesReplacement }]) => causesReplacement === replace).map(([name]) => name).sort();
}

// A property that comes later has to come into the contract, too, and into its version.
test('a guard knows every property for which CloudFormation replaces a cluster', () => {
  expect([...CREATE_ONLY_PROPERTIES].sort()).toEqual(propertiesThat('yes'));
});

test('and every one for which it may; the engine is compared with the values', () => {
  expect(['Engine', ...CONDITIONAL_PROPERTIES].sort()).toEqual(propertiesThat('maybe'));
});
