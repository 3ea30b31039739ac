import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { factsOf } from './snapshot-source';
import { CompletionMode } from '../core/requests';

/**
 * A source that is not complete is waited for, but within the time of the dependent one: a deploy that fails when that time is
 * up then fails for the sake of a source that nobody wanted to wait for.
 */
export function warnOfUnfinishedSource(scope: IConstruct, completion: CompletionMode, source: IConstruct): void {
  const ofSource = factsOf(source).completion;
  if (completion === CompletionMode.FAIL && ofSource !== undefined && ofSource !== CompletionMode.FAIL) {
    Annotations.of(scope).addWarningV2('cdk-aurora-backup:waitsForBackgroundResult',
      `the deploy fails if this is not complete in time, and its source '${source.node.path}' may not even be complete when it starts: waiting for the source counts; `
      + "use 'onTimeout: TimeoutBehavior.CONTINUE' here, or 'onTimeout: TimeoutBehavior.FAIL' for the source");
  }
}
