import { Stack } from 'aws-cdk-lib';
import { AuroraBackupPlanProps } from '../../src';
import { importedCluster, messageOf, stackIn, templateOf } from '../support/constructs';
import { keyOf, lakeIn } from '../support/exports';
import { keyIn, planIn, resourceOf, scheduleOf, selectionOf } from '../support/plans';

/** Step Functions: a definition of 1 MB; and 256 KiB in what it hands to a function, which is also what Scheduler takes. */
const MAX_DEFINITION = 1_048_576;
const MAX_INPUT = 262_144;

const LONGEST_IDENTIFIER = 63;

const everything = (stack: Stack): Partial<AuroraBackupPlanProps> => ({
  copies: [{ region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-central-1') }],
  shareWith: ['222222222222'],
  exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack) }],
});

const clustersIn = (stack: Stack, count: number) => Array.from({ length: count }, (_, index) => (
  importedCluster(stack, `orders-${index}-`.padEnd(LONGEST_IDENTIFIER, 'x'))
));

function stackWithClusters(count: number): Stack {
  const stack = stackIn('eu-west-1');
  planIn(stack, { ...everything(stack), clusters: clustersIn(stack, count) });
  return stack;
}

const resourcesIn = (stack: Stack): [id: string, type: string][] => Object.entries(templateOf(stack).toJSON().Resources)
  .map(([id, resource]) => [id, (resource as { Type: string }).Type]);
const ofPlan = (stack: Stack) => resourcesIn(stack).filter(([id]) => id.startsWith('Gold')).map(([, type]) => type);
const ofHelpers = (stack: Stack) => resourcesIn(stack).filter(([id]) => id.startsWith('AuroraBackup')).map(([, type]) => type);

describe('how many resources', () => {
  test('a plan with copy, share and export has: 12, of the 25 that it may', () => {
    expect(ofPlan(stackWithClusters(1)).sort()).toEqual([
      'AWS::Events::Rule', 'AWS::IAM::Policy', 'AWS::IAM::Policy', ...Array<string>(4).fill('AWS::IAM::Role'),
      'AWS::Lambda::Permission', 'AWS::Scheduler::Schedule', 'AWS::Scheduler::Schedule', 'AWS::StepFunctions::StateMachine', 'AWS::StepFunctions::StateMachine',
    ]);
  });

  test('the plans of a stack share: four functions, their roles and log group, and the queue', () => {
    expect(ofHelpers(stackWithClusters(1)).sort()).toEqual([
      ...Array<string>(4).fill('AWS::IAM::Role'), 'AWS::Lambda::EventSourceMapping', ...Array<string>(4).fill('AWS::Lambda::Function'),
      'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy',
    ]);
  });

  test('a second plan adds: none to what is shared', () => {
    const stack = stackWithClusters(1);
    planIn(stack, { planName: 'silver', clusters: [importedCluster(stack, 'billing')] }, 'Silver');

    expect(ofHelpers(stack)).toEqual(ofHelpers(stackWithClusters(1)));
  });

  test.each([2, 50, 200])('%i clusters add: none', (count) => {
    expect(resourcesIn(stackWithClusters(count))).toEqual(resourcesIn(stackWithClusters(1)));
  });
});

describe('two hundred clusters with the longest names', () => {
  const stack = stackWithClusters(200);
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

  test('fit into the definition of the state machine', () => {
    expect(selectionOf(stack).clusters).toHaveLength(200);
    expect(bytes(resourceOf(stack, 'AWS::StepFunctions::StateMachine', 'GoldWorkflowRun').Properties.DefinitionString)).toBeLessThan(MAX_DEFINITION / 4);
  });

  test('fit into what the schedule sends', () => {
    expect(bytes(scheduleOf(stack, 'Age').Properties.Target.Input)).toBeLessThan(MAX_INPUT / 4);
  });

  test('add little to the template: less than half a kilobyte each', () => {
    expect((bytes(templateOf(stack).toJSON()) - bytes(templateOf(stackWithClusters(1)).toJSON())) / 199).toBeLessThan(500);
  });
});

describe('what would not fit into the state of a run is refused at synth', () => {
  test('a list of tables', () => {
    const stack = stackIn('eu-west-1');
    const exportOnly = Array.from({ length: 2_500 }, (_, n) => `orders.public.table_${n}`);
    planIn(stack, { exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack), exportOnly }] });

    expect(messageOf(() => templateOf(stack))).toMatch(
      /the plan comes to \d{5} characters without its clusters, and Step Functions has room for 50000; shorten exportOnly by naming whole databases or schemas/,
    );
  });

  test.each([[2_000, true], [2_600, false]])('%i clusters with the longest names: %s', (count, fits) => {
    const synth = () => templateOf(stackWithClusters(count));

    if (fits) {
      expect(synth).not.toThrow();
    } else {
      expect(messageOf(synth)).toMatch(/the plan with its 2600 clusters comes to \d{6} characters, and Step Functions has room for 200000; select them by clusterTags/);
    }
  });
});
