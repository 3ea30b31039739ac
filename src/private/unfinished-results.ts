import { Annotations, AspectPriority, Aspects, IAspect, Stage } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

// Looked up by name, so that two copies of the library in one app share what they know.
const UNFINISHED_RESULTS = Symbol.for('cdk-aurora-backup.UnfinishedResults');

/**
 * Warns of what is ordered behind a construct whose deploy may go on before its result is there: CloudFormation then counts it
 * as complete. Dependencies are declared on the dependent, at any time before synth, so they are looked at by an Aspect.
 */
export class UnfinishedResults implements IAspect {
  /** One for all that is synthesized together: dependencies never leave a stage, nor do Aspects come into one. */
  public static of(scope: IConstruct): UnfinishedResults {
    const holder = (Stage.of(scope) ?? scope.node.root) as IConstruct & { [UNFINISHED_RESULTS]?: UnfinishedResults };
    const existing = holder[UNFINISHED_RESULTS];
    if (existing) {
      return existing;
    }
    const results = new UnfinishedResults();
    Object.defineProperty(holder, UNFINISHED_RESULTS, { value: results, enumerable: false });
    Aspects.of(holder).add(results, { priority: AspectPriority.READONLY });
    return results;
  }

  private readonly unfinished = new Set<IConstruct>();
  private readonly warnedOf = new Map<IConstruct, Set<IConstruct>>();

  private constructor() {}

  public add(construct: IConstruct): void {
    this.unfinished.add(construct);
  }

  /** The user has been told of this dependency in other words. */
  public setWarned(dependent: IConstruct, unfinished: IConstruct): void {
    this.warnedOf.set(dependent, (this.warnedOf.get(dependent) ?? new Set()).add(unfinished));
  }

  public visit(node: IConstruct): void {
    for (const unfinished of this.dependenciesOf(node)) {
      Annotations.of(node).addWarningV2('cdk-aurora-backup:dependsOnBackgroundResult',
        `this depends on '${unfinished.node.path}', whose deploy may go on before its work is complete, and then starts too early; `
        + "where it needs the result, give that one 'completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })'");
    }
  }

  private dependenciesOf(node: IConstruct): IConstruct[] {
    const roots = new Set(node.node.dependencies);
    if (roots.size === 0) {
      return [];
    }
    return [...this.unfinished].filter((unfinished) =>
      unfinished.node.scopes.some((scope) => roots.has(scope)) && !this.warnedOf.get(node)?.has(unfinished));
  }
}
