import * as fc from 'fast-check';
import { OwnershipTag } from '../../../../src/core/ownership';
import { WireProperties } from '../../../../src/core/resource-contract';
import { Answer } from '../../../../src/runtime/doors/deploy/result';
import { DeployDoor } from '../../../support/deploy-door';
import { throttled } from '../../../support/errors';
import { ACCOUNT, OTHER_ACCOUNT, REGION, createEvent, deleteEvent, shareProperties, updateEvent } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { aSnapshot } from '../../../support/snapshots';

captureLog();

const arnOf = (identifier: string) => `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:${identifier}`;
const SOURCES = ['one', 'another', 'rds:automated'];

/** One deploy of the share: what is declared, whether the stack turns back from it, and which call is throttled at each look. */
interface Deploy {
  readonly properties: WireProperties;
  readonly turnsBack: boolean;
  readonly faults: readonly (keyof FakeRds | 'none')[];
}

const anyDeploy: fc.Arbitrary<Deploy> = fc.record({
  properties: fc.record({
    SourceSnapshotArn: fc.constantFrom(...SOURCES.map(arnOf)),
    KmsKeyId: fc.constantFrom(undefined, undefined, 'alias/ours', 'alias/other'),
    AccountIds: fc.subarray([OTHER_ACCOUNT, '333333333333', '444444444444']),
  }).map(shareProperties),
  turnsBack: fc.boolean(),
  faults: fc.array(fc.constantFrom('none', 'findSnapshot', 'accountsSharedWith', 'share', 'setTags', 'removeTags', 'copySnapshot', 'deleteSnapshot'), { maxLength: 6 }),
});

/** A stack with one share, as CloudFormation goes about it. */
class World {
  public readonly door = new DeployDoor(new FakeRds(SOURCES.map((identifier) => (
    aSnapshot({ identifier, encrypted: true, type: identifier.startsWith('rds:') ? 'automated' : 'manual' })
  ))));
  private requests = 0;
  private id: string | undefined;
  private properties: WireProperties | undefined;

  public async deploy({ properties, turnsBack, faults }: Deploy): Promise<void> {
    const former = { id: this.id, properties: this.properties };
    const { PhysicalResourceId: id } = await this.request(properties, faults);
    if (turnsBack && former.id !== undefined) {
      this.door.stacks.rollingBack = this.door.stacks.turningBack = true;
      const back = await this.finish(updateEvent(properties, former.properties!, id!, this.named()), faults);
      expect(back.PhysicalResourceId).toBe(former.id);
      this.door.stacks.rollingBack = this.door.stacks.turningBack = false;
      // CloudFormation may ask for the removal of what the update made, or not.
      this.expectSharing();
    } else {
      this.id = id;
      this.properties = properties;
    }
    const leaving = this.id === id ? former.id : id;
    if (leaving !== undefined && leaving !== this.id) {
      this.door.stacks.replaced = true;
      this.door.stacks.physicalId = this.id;
      await this.finish(deleteEvent(leaving, this.id === id ? former.properties : properties, this.named()), faults);
      this.door.stacks.replaced = false;
    }
  }

  public async destroy(faults: Deploy['faults']): Promise<void> {
    await this.finish(deleteEvent(this.id!, this.properties, this.named()), faults);
  }

  public expectSharing(): void {
    const accounts = this.properties!.AccountIds as string[];
    expect(this.sharing()).toEqual(accounts.length > 0 ? { [this.id!.split(':cluster-snapshot:')[1]]: [...accounts].sort() } : {});
    // Nothing is left of what was shared before: neither copies nor claims.
    const others = this.door.rds.snapshots.filter(({ arn }) => arn !== this.id);
    expect(others.map(({ identifier }) => identifier).filter((identifier) => !SOURCES.includes(identifier))).toEqual([]);
    expect(others.filter(({ tags }) => OwnershipTag.SHARED_BY in tags)).toEqual([]);
  }

  public sharing(): Record<string, string[]> {
    const shared = [...this.door.rds.shares].filter(([, accounts]) => accounts.length > 0);
    return Object.fromEntries(shared.map(([name, accounts]) => [name, [...accounts].sort()]));
  }

  private async request(properties: WireProperties, faults: Deploy['faults']): Promise<Answer> {
    const named = this.named();
    return this.finish(this.id === undefined ? createEvent(properties, named) : updateEvent(this.properties!, properties, this.id, named), faults);
  }

  /** One fault a look, then none; what is copied is complete at the next look. */
  private async finish(event: ReturnType<typeof createEvent>, faults: Deploy['faults']): Promise<Answer> {
    const { door, door: { rds } } = this;
    const left = [...faults];
    const next = () => {
      rds.heal();
      const fault = left.shift() ?? 'none';
      if (fault !== 'none') {
        rds.breaks(fault as 'share', throttled());
      }
      rds.snapshots.filter(({ status }) => status === 'copying').forEach(({ arn }) => rds.change(arn, { status: 'available', createTime: new Date(door.now) }));
    };
    next();
    const answer = await door.finish(door.begin(event), next);
    rds.heal();
    return answer;
  }

  private named() {
    this.requests += 1;
    this.door.now += 60_000;
    return { RequestId: `request-${this.requests}` };
  }
}

test('whatever is declared one after the other, exactly that is shared, and in the end nothing is, nor left', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyDeploy, { minLength: 1, maxLength: 5 }), anyDeploy, async (deploys, { faults }) => {
    const world = new World();
    for (const deploy of deploys) {
      await world.deploy(deploy);
      world.expectSharing();
    }
    await world.destroy(faults);

    expect(world.sharing()).toEqual({});
    expect(world.door.rds.snapshots.map(({ identifier, tags }) => [identifier, tags])).toEqual(SOURCES.map((identifier) => [identifier, {}]));
  }), { numRuns: 300 });
});
