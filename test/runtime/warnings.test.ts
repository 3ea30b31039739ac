import { jsonBytes } from '../../src/core/fitting';
import { succeeded } from '../../src/core/progress';
import { logWarnings } from '../../src/runtime/warnings';
import { captureLog } from '../support/log';

const logged = captureLog();

test('what is complete without warnings says nothing', () => {
  logWarnings('task', succeeded());

  expect(logged()).toEqual([]);
});

test('all warnings are logged, with how many there are', () => {
  logWarnings('task', succeeded({}, ['a', 'b']));

  expect(logged()).toEqual([{ level: 'WARN', message: 'complete with warnings', target: 'task', count: 2, warnings: ['a', 'b'] }]);
});

test('so many that one line cannot hold them have several, and none is lost', () => {
  const warnings = Array.from({ length: 5000 }, (_, index) => `skipped table orders.public.table${index}`.padEnd(100, 'x'));
  logWarnings('task', succeeded({}, warnings));

  expect(logged().length).toBeGreaterThan(1);
  expect(logged().flatMap((line) => line.warnings)).toEqual(warnings);
  expect(Math.max(...logged().map(jsonBytes))).toBeLessThan(262_144);
});
