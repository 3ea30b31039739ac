import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { ExportedSource } from './exported-source';

/**
 * Where exports were not offered in April 2026, by kind of source. The lists age, so what they say is a warning that can be
 * acknowledged.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.Aurora_Fea_Regions_DB-eng.Feature.ExportSnapshotToS3.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.Aurora_Fea_Regions_DB-eng.Feature.ExportClusterToS3.html
 */
const NOT_OFFERED: Readonly<Record<ExportedSource['type'], readonly string[]>> = {
  snapshot: ['ap-east-2', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'mx-central-1'],
  cluster: ['af-south-1', 'cn-north-1', 'eu-south-1', 'me-south-1', 'us-gov-east-1', 'us-gov-west-1'],
};

const REMEDY: Readonly<Record<ExportedSource['type'], string>> = {
  snapshot: 'export a copy of the snapshot in another Region, or the cluster itself where that is offered',
  cluster: 'export a snapshot of the cluster instead',
};

export function warnOfRegion(scope: IConstruct, { type, region }: Pick<ExportedSource, 'type' | 'region'>): void {
  if (!Token.isUnresolved(region) && NOT_OFFERED[type].includes(region)) {
    Annotations.of(scope).addWarningV2('cdk-aurora-backup:exportNotOfferedInRegion',
      `in April 2026 RDS did not export ${type}s in ${region}; ${REMEDY[type]}, or acknowledge this warning if it does by now`);
  }
}
