import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { hash } from '../core/identifiers';

/** Plans and vaults do not all ask at the same moment, and none at the turn of an hour: each hour has exactly one answer. */
export function hourlyAt(owner: string): scheduler.ScheduleExpression {
  return scheduler.ScheduleExpression.cron({ minute: String(5 + parseInt(hash([owner], 4), 16) % 50) });
}

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
export function schedulerOf(stack: Stack): iam.IPrincipal {
  return new iam.ServicePrincipal('scheduler.amazonaws.com', {
    conditions: {
      StringEquals: {
        'aws:SourceAccount': stack.account,
        'aws:SourceArn': stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' }),
      },
    },
  });
}
