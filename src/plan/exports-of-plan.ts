import { Resource } from 'aws-cdk-lib';
import { ExportFrequency, SnapshotExportRule } from './snapshot-export-rule';
import { ExportPeriod, ExportRule } from '../core/plan/plan-rules';
import { SnapshotExportRole } from '../export/snapshot-export-role';
import { fail } from '../private/checks';
import { warnOfRegion } from '../private/export-regions';
import { ownRoleArns, ownRolePath } from '../private/export-rights';
import { keyIdForRds } from '../private/keys';
import { identifierOf } from '../private/plan-clusters';
import { checkExport, exportIds } from '../private/plan-exports';
import { ExportNeeds } from '../private/plan-rights';

const PERIODS: Readonly<Record<ExportFrequency, ExportPeriod>> = {
  [ExportFrequency.EVERY_RUN]: 'run',
  [ExportFrequency.DAILY]: 'day',
  [ExportFrequency.WEEKLY]: 'week',
  [ExportFrequency.MONTHLY]: 'month',
};

/**
 * The exports of a plan, with a role for each that is given none.
 *
 * @internal
 */
export class ExportsOfPlan {
  /** As runs read them. */
  public readonly rules: readonly ExportRule[];
  /** What whoever starts them must be allowed to do. */
  public readonly needs: readonly ExportNeeds[];

  constructor(private readonly plan: Resource, private readonly owner: string, exports: readonly SnapshotExportRule[]) {
    exports.forEach((rule) => checkExport(plan, rule, plan.env));
    if (exports.length > 0) {
      warnOfRegion(plan, { type: 'snapshot', region: plan.env.region });
    }
    this.rules = exportIds(exports).map((id, index) => this.add(id, exports[index]));
    this.needs = exports.map(({ encryptionKey, role }) => ({ encryptionKey, passedRole: role ? role.roleArn : ownRoleArns(plan.stack, owner) }));
  }

  private add(id: string, rule: SnapshotExportRule): ExportRule {
    const { bucket, encryptionKey, prefix, exportOnly, clusters, frequency = ExportFrequency.EVERY_RUN } = rule;
    return {
      id,
      ...(clusters ? { clusters: clusters.map(identifierOf) } : {}),
      period: PERIODS[frequency],
      bucket: bucket.bucketName,
      ...(prefix === undefined ? {} : { prefix }),
      roleArn: this.roleOf(id, rule).roleArn,
      kmsKeyId: keyIdForRds(encryptionKey),
      exportOnly: exportOnly ?? [],
    };
  }

  private roleOf(id: string, { role, ...target }: SnapshotExportRule) {
    const obstacle = role instanceof SnapshotExportRole ? role._obstacleTo(target) : undefined;
    if (obstacle !== undefined) {
      fail(this.plan, `exports.role '${role!.node.path}' ${obstacle}; make a role for this export, or leave out role`);
    }
    const { bucket, encryptionKey, prefix } = target;
    return role ?? new SnapshotExportRole(this.plan, `${id}ExportRole`, { bucket, encryptionKey, prefix, path: ownRolePath(this.owner) });
  }
}
