import { Annotations as AckAnnotations, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Construct, DependencyGroup } from 'constructs';
import { ClusterSnapshot, ClusterSnapshotCopy, Completion, ExportSource, TimeoutBehavior } from '../../src';
import { anApp, importedCluster, stackIn } from '../support/constructs';
import { exportIn } from '../support/exports';

const FAILS = Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL });
const GOES_ON = Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE });
const BACKGROUND = Completion.background();

const take = (scope: Construct, completion?: Completion) => new ClusterSnapshot(scope, 'Snapshot', { cluster: importedCluster(scope), completion });
const something = (scope: Construct, id = 'Dependent') => new CfnResource(scope, id, { type: 'Custom::Dependent' });

/** The warnings of a stack: who is warned, and which warning it is. */
const warningsOf = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue())
  .map(({ id, entry }) => `${id}: ${/cdk-aurora-backup:(\w+)/.exec(String(entry.data))?.[1]}`).sort();

describe('what depends on', () => {
  const DEPENDS = ['/Orders/Dependent: dependsOnBackgroundResult'];
  const KINDS: Record<string, (stack: Stack, completion?: Completion) => Construct> = {
    snapshot: take,
    copy: (stack, completion) => new ClusterSnapshotCopy(stack, 'Copy', { source: ClusterSnapshot.fromSnapshotIdentifier(stack, 'Source', 'orders'), completion }),
    export: (stack, completion) => exportIn(stack, { completion }),
  };

  test.each<[string, string, Completion | undefined, string[]]>([
    ['snapshot', 'by default', undefined, []],
    ['copy', 'by default', undefined, DEPENDS],
    ['export', 'by default', undefined, DEPENDS],
    ...Object.keys(KINDS).flatMap((kind): Array<[string, string, Completion, string[]]> => [
      [kind, 'that the deploy waits for or fails', FAILS, []],
      [kind, 'that the deploy waits for and then goes on', GOES_ON, DEPENDS],
      [kind, 'in the background', BACKGROUND, DEPENDS],
    ]),
  ])('a %s %s', (kind, _, completion, expected) => {
    const stack = stackIn('eu-west-1');
    something(stack).node.addDependency(KINDS[kind](stack, completion));

    expect(warningsOf(stack)).toEqual(expected);
  });

  test('it may be declared before it exists, and be part of something larger', () => {
    const stack = stackIn('eu-west-1');
    const backups = new Construct(stack, 'Backups');
    something(stack).node.addDependency(backups);
    take(backups, BACKGROUND);

    expect(warningsOf(stack)).toEqual(DEPENDS);
  });

  test('it may be one of a group', () => {
    const stack = stackIn('eu-west-1');
    something(stack).node.addDependency(new DependencyGroup(something(stack, 'Other'), take(stack, BACKGROUND)));

    expect(warningsOf(stack)).toEqual(DEPENDS);
  });

  test('it is told what and how to mend it', () => {
    const stack = stackIn('eu-west-1');
    something(stack).node.addDependency(take(stack, BACKGROUND));

    Annotations.fromStack(stack).hasWarning('/Orders/Dependent', Match.stringLikeRegexp(
      "this depends on 'Orders/Snapshot', whose deploy may go on before its work is complete, and then starts too early; "
      + "where it needs the result, give that one 'completion: Completion.waitFor\\(\\{ onTimeout: TimeoutBehavior.FAIL \\}\\)'",
    ));
  });

  test('it can be acknowledged', () => {
    const stack = stackIn('eu-west-1');
    something(stack).node.addDependency(take(stack, BACKGROUND));
    // Around the dependent: of the construct itself, CDK forgets it before the warning is given (aws/aws-cdk#38820, mended since).
    AckAnnotations.of(stack).acknowledgeWarning('cdk-aurora-backup:dependsOnBackgroundResult', 'only the order matters');

    expect(warningsOf(stack)).toEqual([]);
  });

  test('it is found in a stage, too', () => {
    const app = anApp();
    const stage = new Stage(app, 'Stage');
    const stack = new Stack(stage, 'Orders', { env: { region: 'eu-west-1', account: '111111111111' } });
    something(stack).node.addDependency(take(stack, BACKGROUND));
    take(new Stack(app, 'Beside'), BACKGROUND);
    app.synth();

    expect(warningsOf(stack)).toEqual(['/Stage/Orders/Dependent: dependsOnBackgroundResult']);
  });

  test('nothing else is', () => {
    const stack = stackIn('eu-west-1');
    take(stack, BACKGROUND);
    something(stack).node.addDependency(something(stack, 'Other'));

    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('takeBefore', () => {
  test.each([[undefined, 0], [FAILS, 0], [GOES_ON, 1], [BACKGROUND, 1]])('of a snapshot that may be unfinished by then is warned of once, at the snapshot', (completion, count) => {
    const stack = stackIn('eu-west-1');
    take(stack, completion).takeBefore(something(stack), something(stack, 'Other'));

    expect(warningsOf(stack)).toEqual(Array(count).fill('/Orders/Snapshot: takeBeforeUnfinished'));
  });

  test('names what is changed too early, and the remedy', () => {
    const stack = stackIn('eu-west-1');
    take(stack, GOES_ON).takeBefore(something(stack), something(stack, 'Other'));

    Annotations.fromStack(stack).hasWarning('/Orders/Snapshot', Match.stringLikeRegexp(
      "'Orders/Dependent', 'Orders/Other' may be changed before this snapshot is complete, because the deploy goes on without it; "
      + "for a snapshot that is complete by then, use 'completion: Completion.waitFor\\(\\{ onTimeout: TimeoutBehavior.FAIL \\}\\)'",
    ));
  });

  test('of nothing changes nothing', () => {
    const stack = stackIn('eu-west-1');
    take(stack, BACKGROUND).takeBefore();

    expect(warningsOf(stack)).toEqual([]);
  });

  test('does not hide what else depends on the snapshot', () => {
    const stack = stackIn('eu-west-1');
    const snapshot = take(stack, BACKGROUND);
    snapshot.takeBefore(something(stack, 'Migration'));
    something(stack).node.addDependency(snapshot);

    expect(warningsOf(stack)).toEqual(['/Orders/Dependent: dependsOnBackgroundResult', '/Orders/Snapshot: takeBeforeUnfinished']);
  });
});

describe('work on a snapshot that may be unfinished waits for it', () => {
  const WORK: Record<string, (stack: Stack, source: ClusterSnapshot, completion?: Completion) => unknown> = {
    Copy: (stack, source, completion) => new ClusterSnapshotCopy(stack, 'Copy', { source, completion }),
    Export: (stack, source, completion) => exportIn(stack, { source: ExportSource.snapshot(source), completion }),
  };

  test.each(Object.keys(WORK))('and a deploy that fails when the %s takes too long then is warned of', (kind) => {
    const stack = stackIn('eu-west-1');
    WORK[kind](stack, take(stack, BACKGROUND), FAILS);

    expect(warningsOf(stack)).toEqual([`/Orders/${kind}: waitsForBackgroundResult`]);
    Annotations.fromStack(stack).hasWarning(`/Orders/${kind}`, Match.stringLikeRegexp(
      "its source 'Orders/Snapshot' may not even be complete when it starts: waiting for the source counts; "
      + "use 'onTimeout: TimeoutBehavior.CONTINUE' here, or 'onTimeout: TimeoutBehavior.FAIL' for the source",
    ));
  });

  test.each(Object.keys(WORK))('which is no matter for a %s that goes on, nor for a source that is complete', (kind) => {
    const [one, other] = [stackIn('eu-west-1'), stackIn('eu-west-1')];
    WORK[kind](one, take(one, BACKGROUND));
    WORK[kind](other, take(other, FAILS), FAILS);

    expect([...warningsOf(one), ...warningsOf(other)]).toEqual([]);
  });
});
