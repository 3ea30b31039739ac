import { exportUri, tableFolder } from '../../src/core/export-layout';

describe('an export is found', () => {
  test('below its prefix, under the identifier of its task', () => {
    expect(exportUri('lake', 'data/orders', 'cab-1')).toBe('s3://lake/data/orders/cab-1');
  });

  test('directly in the bucket without one', () => {
    expect(exportUri('lake', undefined, 'cab-1')).toBe('s3://lake/cab-1');
    expect(exportUri('lake', '', 'cab-1')).toBe('s3://lake/cab-1');
  });
});

describe('a table is found', () => {
  test('under its database and schema', () => {
    expect(tableFolder(['shop', 'public', 'orders'])).toBe('shop/public.orders/');
  });

  test('where there are no schemas, under its database twice', () => {
    expect(tableFolder(['rdststdb', 'DataInsert_7ADB5D19965123A2'])).toBe('rdststdb/rdststdb.DataInsert_7ADB5D19965123A2/'); // the example of the user guide
  });

  test('with underscores for what RDS does not put into a path', () => {
    expect(tableFolder(['my db', 'a"b', 'c`d\\e'])).toBe('my_db/a_b.c_d_e/');
  });
});
