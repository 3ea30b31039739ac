import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AuroraBackupPlanBase } from './aurora-backup-plan-base';
import { IAuroraBackupPlan } from './aurora-backup-plan-ref';
import { fail } from '../private/checks';

/** A plan that is not made by the app. */
class ImportedAuroraBackupPlan extends AuroraBackupPlanBase {
  constructor(scope: Construct, id: string, public readonly planName: string) {
    super(scope, id);
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    fail(this, `removalPolicy ${policy} cannot be applied to an imported plan, which does not belong to this app`);
  }
}

export function importAuroraBackupPlan(scope: Construct, id: string, planName: string): IAuroraBackupPlan {
  return new ImportedAuroraBackupPlan(scope, id, planName);
}
