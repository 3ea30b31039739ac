import { CfnParameter } from 'aws-cdk-lib';
import { exportIds } from '../../src/private/plan-exports';
import { aStack, stackIn } from '../support/constructs';
import { keyOf, lakeIn } from '../support/exports';

describe('an export of a plan is known by', () => {
  const stack = stackIn('eu-west-1');
  const [lake, pond] = ['Lake', 'Pond'].map((id) => ({ bucket: lakeIn(stack, 'eu-west-1', id), encryptionKey: keyOf(stack, undefined, `${id}Key`) }));

  test('its bucket and its prefix, in whatever order exports are listed', () => {
    const exports = [lake, { ...lake, prefix: 'orders/daily' }, pond];

    expect(exportIds(exports)).toEqual(['Lake', 'Lake-orders-daily', 'Pond']);
    expect(exportIds([...exports].reverse())).toEqual(['Pond', 'Lake-orders-daily', 'Lake']);
  });

  test('what it exports, where bucket and prefix are the same: in whichever order they are declared', () => {
    const [some, others] = [{ ...lake, exportOnly: ['orders.public'] }, { ...lake, exportOnly: ['billing.public'] }];
    const [first, second] = exportIds([some, others]);

    expect(first).toMatch(/^Lake-[0-9a-f]{6}$/);
    expect(second).not.toBe(first);
    expect(exportIds([others, some])).toEqual([second, first]);
  });

  test('its place, where nothing else differs', () => {
    const [first, second] = exportIds([lake, lake]);

    expect(second).toBe(`${first}-1`);
  });

  test('its bucket alone, where the prefix is only known when the stack deploys', () => {
    expect(exportIds([{ ...lake, prefix: new CfnParameter(aStack(), 'Prefix').valueAsString }])).toEqual(['Lake']);
  });
});
