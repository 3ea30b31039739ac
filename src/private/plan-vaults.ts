import { Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, IConstruct } from 'constructs';
import { fail } from './checks';
import { isDefaultKey } from './key-sharing';
import { checkKeyRegion } from './plan-checks';
import { receiptInput } from './plan-definition';
import { PlanFunctions } from './plan-functions';
import { hash } from '../core/identifiers';
import { EVENT_SOURCE } from '../core/outcome';
import { PlanRules } from '../core/plan/plan-rules';
import { ANNOUNCEMENT_DETAIL_TYPE } from '../core/vault/announcement';
import { RECEIPT_DETAIL_TYPE } from '../core/vault/receipt';
import { VaultAddress, eventBusArnOf, vaultId } from '../core/vault/vault-address';

/** What an `ISnapshotVault` says. */
interface Vault extends IConstruct {
  readonly vaultName: string;
  readonly vaultAccount: string;
  readonly vaultRegion: string;
}

/** Where a vault is. It may be deployed later than the plan, and in another app: the ARN of its bus follows from its name. */
export function addressOf(scope: IConstruct, vault: Vault): VaultAddress {
  const { vaultAccount: account, vaultRegion: region, vaultName } = vault;
  if ([account, region, vaultName].some((part) => Token.isUnresolved(part))) {
    fail(scope, `vaults name '${vault.node.path}', whose account, Region or name is not known at synth; give its stack an env with account and region, or import it with SnapshotVault.fromEventBusArn`);
  }
  return { account, region, vaultName };
}

interface Place {
  readonly account: string;
  readonly region: string;
}

export function checkVaults(scope: IConstruct, vaults: readonly VaultAddress[], { account, region }: Place): void {
  vaults.forEach((vault, index) => {
    const id = vaultId(vault);
    if (vaults.findIndex((other) => vaultId(other) === id) < index) {
      fail(scope, `vaults name '${id}' twice; leave out one of the two`);
    }
    if (vault.account === account) {
      fail(scope, `vaults name '${id}', which is in the account of the plan itself, where whoever can delete the snapshots can delete the copies, too; put the vault into another account`);
    }
    if (!Token.isUnresolved(region) && region.startsWith('us-gov-') !== vault.region.startsWith('us-gov-')) {
      fail(scope, `vaults name '${id}', to where nothing can be copied from ${region}: snapshots of GovCloud Regions are copied to GovCloud Regions only, and others to others only`);
    }
    const china = [region, vault.region].find((where) => !Token.isUnresolved(where) && where.startsWith('cn-'));
    if (china !== undefined) {
      fail(scope, `vaults name '${id}', and AWS does not copy Aurora snapshots in the China Regions (${china}); leave out vaults`);
    }
  });
}

interface Sharing {
  readonly vaults: readonly VaultAddress[];
  readonly shareWith: readonly string[];
  readonly sharingKey?: kms.IKey;
}

export function checkSharingKey(scope: IConstruct, { vaults, shareWith, sharingKey }: Sharing, region: string): void {
  if (!sharingKey) {
    return;
  }
  const { path } = sharingKey.node;
  if (vaults.length === 0) {
    fail(scope, `sharingKey '${path}' is for copies that vaults are given, and the plan has none; leave it out, or add vaults`);
  }
  if (Token.isUnresolved(shareWith) || shareWith.length > 0) {
    fail(scope, `sharingKey '${path}' cannot be used together with shareWith, because the copies under it are deleted as soon as the vaults have theirs; `
      + 'give the clusters keys of their own and leave out sharingKey, or leave out shareWith');
  }
  if (isDefaultKey(sharingKey)) {
    fail(scope, `sharingKey '${path}' is the default key of RDS, under which nothing can be shared; give a key of your own`);
  }
  checkKeyRegion(scope, 'sharingKey', sharingKey, region, 'snapshots', 'for example a new kms.Key in the stack of the plan');
}

/** The vault whose newest snapshot somebody asks for the age of. */
export function checkVaultOfAge(scope: IConstruct, vault: VaultAddress, vaults: readonly VaultAddress[], snapshotRegion: string | undefined): void {
  if (snapshotRegion !== undefined) {
    fail(scope, 'snapshotRegion cannot be asked for together with vault, because the age in a vault is one for all its Regions; leave out one of the two');
  }
  if (!vaults.some((known) => vaultId(known) === vaultId(vault))) {
    fail(scope, `vault must be one that the plan announces to (${vaults.map(vaultId).join(', ') || 'none'}), got '${vaultId(vault)}'; add it to vaults, or name one of these`);
  }
}

export interface PlanVaultsProps {
  readonly functions: PlanFunctions;
  readonly vaults: readonly VaultAddress[];
  readonly rules: PlanRules;
}

/**
 * How a plan tells its vaults of snapshots, and how it hears what became of them. Nothing here is a reference to a vault, so that either side may be
 * deployed first; what gets lost until then is announced again every hour, so nothing is kept in a queue.
 */
export class PlanVaults extends Construct {
  constructor(scope: Construct, id: string, private readonly props: PlanVaultsProps) {
    super(scope, id);
    const { vaults, functions } = props;
    const role = this.announcingRole();
    for (const vault of vaults) {
      this.passAnnouncementsOn(vault, role);
      this.listenTo(vault);
      allowReceiptsOf(functions, vault);
    }
  }

  private announcingRole(): iam.IRole {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
      inlinePolicies: {
        Vaults: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: this.props.vaults.map((vault) => this.busOf(vault)) })],
        }),
      },
    });
    // Its rights are complete; those that the target would add are the same.
    return role.withoutPolicyUpdates();
  }

  private passAnnouncementsOn(vault: VaultAddress, role: iam.IRole): void {
    const { planName, account } = this.props.rules;
    const bus = events.EventBus.fromEventBusArn(this, `Bus-${vaultId(vault)}`, this.busOf(vault));
    new events.Rule(this, `Announce-${vaultId(vault)}`, {
      description: `Tells the vault ${vaultId(vault)} of the snapshots of a backup plan`,
      eventPattern: {
        account: [account],
        source: [EVENT_SOURCE],
        detailType: [ANNOUNCEMENT_DETAIL_TYPE],
        detail: { vault: [this.busOf(vault)], planName: [planName] },
      },
      targets: [new targets.EventBus(bus, { role })],
    });
  }

  private listenTo(vault: VaultAddress): void {
    const { rules, functions } = this.props;
    const { account, region, owner, partition } = rules;
    const detail = events.EventField.fromPath('$.detail');
    new events.Rule(this, `Receipts-${vaultId(vault)}`, {
      description: `What the vault ${vaultId(vault)} has made of the snapshots of a backup plan`,
      eventPattern: {
        // Whoever else sends such an event, sends it in the name of its own account.
        account: [vault.account],
        source: [EVENT_SOURCE],
        detailType: [RECEIPT_DETAIL_TYPE],
        detail: {
          vault: [this.busOf(vault)],
          snapshotArn: events.Match.prefix(`arn:${partition}:rds:${region}:${account}:cluster-snapshot:${owner}-`),
        },
      },
      targets: [new targets.LambdaFunction(functions.start, {
        event: events.RuleTargetInput.fromObject(receiptInput({ rules, vault, account: events.EventField.account, detail })),
      })],
    });
  }

  private busOf(vault: VaultAddress): string {
    return eventBusArnOf(vault, Stack.of(this).partition);
  }
}

/** Lets the account of a vault send receipts, and nothing else, to the default bus. The plans of a stack share the statement. */
function allowReceiptsOf(functions: PlanFunctions, vault: VaultAddress): void {
  const id = `ReceiptsOf-${vault.account}`;
  if (functions.node.tryFindChild(id)) {
    return;
  }
  const stack = Stack.of(functions);
  new events.CfnEventBusPolicy(functions, id, {
    // Other stacks of the account have statements of their own in the policy of the bus, also those of another app with the same tree.
    statementId: `cdk-aurora-backup-${hash([Token.isUnresolved(stack.stackName) ? '' : stack.stackName, functions.node.path], 16)}-${vault.account}`,
    statement: {
      Effect: 'Allow',
      Principal: { AWS: stack.formatArn({ service: 'iam', region: '', account: vault.account, resource: 'root' }) },
      Action: 'events:PutEvents',
      Resource: stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
      Condition: {
        // A call puts several events, so this key has several values.
        'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE },
        'StringEquals': { 'events:detail-type': RECEIPT_DETAIL_TYPE },
      },
    },
  });
}
