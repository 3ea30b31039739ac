import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { VaultNames } from './vault-names';
import { EVENT_SOURCE } from '../core/outcome';
import { ANNOUNCEMENT_DETAIL_TYPE } from '../core/vault/announcement';
import { RECEIPT_DETAIL_TYPE } from '../core/vault/receipt';

export interface VaultBusProps {
  readonly names: VaultNames;
  readonly eventBusArn: string;
  readonly sources: readonly { readonly accountId: string; readonly regions: readonly string[] }[];
  /** Where events go that cannot be delivered. */
  readonly deadLetters: sqs.IQueue;
}

/** How a vault hears of snapshots, and how its plans hear what became of them. */
export class VaultBus extends Construct {
  public readonly bus: events.EventBus;

  constructor(scope: Construct, id: string, private readonly props: VaultBusProps) {
    super(scope, id);
    // Always of the vault's name: plans know the ARN before the bus exists.
    this.bus = new events.EventBus(this, 'Bus', { eventBusName: props.names.vaultName });
    this.letSourcesAnnounce();
    this.passReceiptsOn();
  }

  /** What is announced by a source account, and by no other, goes to the target. Who the sender is, EventBridge says. */
  public onAnnouncement(target: events.IRuleTarget): void {
    const { names, eventBusArn, sources } = this.props;
    new events.Rule(this, 'Announced', {
      ruleName: names.physicalName('announced'),
      description: 'Snapshots that are announced to a vault',
      eventBus: this.bus,
      eventPattern: {
        account: sources.map(({ accountId }) => accountId),
        source: [EVENT_SOURCE],
        detailType: [ANNOUNCEMENT_DETAIL_TYPE],
        detail: { vault: [eventBusArn] },
      },
      targets: [target],
    });
  }

  /** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-cross-account-custom-bus-source.html */
  private letSourcesAnnounce(): void {
    this.bus.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'SourcesAnnounce',
      principals: this.props.sources.map(({ accountId }) => new iam.AccountPrincipal(accountId)),
      actions: ['events:PutEvents'],
      resources: [this.bus.eventBusArn],
      conditions: {
        // A call puts several events, so this key has several values.
        'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE },
        'StringEquals': { 'events:detail-type': ANNOUNCEMENT_DETAIL_TYPE },
      },
    }));
  }

  /** A receipt goes to where the plan is: to the default bus of the source account, in the Region of the snapshot. */
  private passReceiptsOn(): void {
    const { names, eventBusArn, sources, deadLetters } = this.props;
    const stack = Stack.of(this);
    const places = sources.flatMap(({ accountId, regions }) => regions.map((region) => ({ accountId, region })));
    const busOf = ({ accountId: account, region }: typeof places[number]) => (
      stack.formatArn({ service: 'events', account, region, resource: 'event-bus', resourceName: 'default' })
    );
    const role = new iam.Role(this, 'ReceiptsRole', {
      path: names.rolePath('receipts'),
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
      inlinePolicies: {
        Receipts: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: places.map(busOf) })] }),
      },
    });
    places.forEach((place) => {
      const { accountId, region } = place;
      const id = `${accountId}-${region}`;
      new events.Rule(this, `Receipts-${id}`, {
        ruleName: names.physicalName(accountId, region),
        description: `Receipts of a vault for account ${accountId} in ${region}`,
        eventPattern: {
          // Nobody else can send on the default bus in the name of this account.
          account: [stack.account],
          source: [EVENT_SOURCE],
          detailType: [RECEIPT_DETAIL_TYPE],
          detail: { vault: [eventBusArn], sourceAccount: [accountId], sourceRegion: [region] },
        },
        targets: [new targets.EventBus(events.EventBus.fromEventBusArn(this, `Default-${id}`, busOf(place)), {
          // Its rights are complete; those that the target would add are the same.
          role: role.withoutPolicyUpdates(),
          deadLetterQueue: deadLetters,
        })],
      });
    });
  }
}
