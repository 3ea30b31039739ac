import { ClusterSelection, PlanRules } from '../core/plan/plan-rules';

/** The rules are part of every state and every answer: Step Functions takes 256 KiB, and the rest needs room, too. */
const MAX_RULES_CHARACTERS = 50_000;

/** What a schedule sends, and what a function is called with: Scheduler takes 256 KiB, and Lambda as much of an event. */
const MAX_CALL_CHARACTERS = 200_000;

/**
 * Sentences about a plan that would not fit into what carries it. Tokens count as the text that stands for them.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export function tooLargeForRuns(rules: PlanRules, selection: ClusterSelection): string[] {
  const ofRules = JSON.stringify(rules).length;
  if (ofRules > MAX_RULES_CHARACTERS) {
    return [`the plan comes to ${ofRules} characters without its clusters, and Step Functions has room for ${MAX_RULES_CHARACTERS}; `
      + 'shorten exportOnly by naming whole databases or schemas, or make several plans'];
  }
  const all = ofRules + JSON.stringify(selection).length;
  return all > MAX_CALL_CHARACTERS
    ? [`the plan with its ${selection.clusters.length} clusters comes to ${all} characters, and Step Functions has room for ${MAX_CALL_CHARACTERS}; `
      + 'select them by clusterTags, or make several plans']
    : [];
}
