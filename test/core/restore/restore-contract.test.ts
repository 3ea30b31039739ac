import { CONDITIONAL_PROPERTIES, CREATE_ONLY_PROPERTIES } from '../../../src/core/restore/restore-contract';

/**
 * What CloudFormation replaces a cluster for, as @aws-cdk/aws-service-spec 0.1.167 has it from the schema of AWS::RDS::DBCluster (November 2026).
 * A property that comes later has to come here, into the contract and into its version.
 */
const REPLACES = [
  'AvailabilityZones', 'ClusterScalabilityType', 'DBClusterIdentifier', 'DBSubnetGroupName', 'DBSystemId', 'DatabaseName', 'EngineMode', 'KmsKeyId',
  'PubliclyAccessible', 'RestoreToTime', 'RestoreType', 'SnapshotIdentifier', 'SourceDBClusterIdentifier', 'SourceDbClusterResourceId', 'SourceRegion',
  'StorageEncrypted', 'UseLatestRestorableTime',
];
const MAY_REPLACE = ['Engine', 'GlobalClusterIdentifier', 'MasterUsername'];

test('a guard knows every property for which CloudFormation replaces a cluster', () => {
  expect([...CREATE_ONLY_PROPERTIES].sort()).toEqual([...REPLACES].sort());
});

test('and every one for which it may; the engine is compared with the values', () => {
  expect(['Engine', ...CONDITIONAL_PROPERTIES].sort()).toEqual([...MAY_REPLACE].sort());
});
