import { releaseTag } from '../../../../src/core/vault/vault-ownership';
import { denied } from '../../../support/errors';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { withTags } from '../../../support/snapshots';
import { VaultDoor } from '../../../support/vault-door';
import { aVault, arrived, pruning, stored } from '../../../support/vault-events';

const logged = captureLog();
const counted = () => logged().filter((line) => 'SweepFailed' in line).map(({ SweepFailed, Vault, Region }) => ({ SweepFailed, Vault, Region }));

const refusing = (call: 'listManualSnapshots' | 'listExportTasks' | 'setTags') => (
  new VaultDoor(new FakeRds([withTags(stored(), releaseTag(new Date(0)))]).breaks(call, denied()))
);
const cannotList = () => {
  const door = new VaultDoor();
  door.executions.breaks(denied());
  return door;
};

describe('a step of the sweep that fails is counted once, and the state machine tries it again', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['what has arrived cannot be looked for', () => refusing('listManualSnapshots').look({ door: 'vault', task: 'sweep', rules: aVault() })],
    ['what has arrived cannot be received', () => cannotList().runs(arrived())],
    ['releases cannot be ended', () => refusing('setTags').release({ door: 'vault', task: 'expire', rules: aVault() })],
    ['it is not known what is being exported, so nothing is pruned', () => refusing('listExportTasks').prune(pruning())],
  ])('%s', async (_, step) => {
    await expect(step()).rejects.toThrow(/AccessDenied|not authorized/);

    expect(counted()).toEqual([{ SweepFailed: 1, Vault: 'Vault', Region: aVault().region }]);
  });

  test('a step that succeeds counts nothing', async () => {
    await new VaultDoor(new FakeRds([stored()])).prune(pruning());

    expect(counted()).toEqual([]);
  });
});
