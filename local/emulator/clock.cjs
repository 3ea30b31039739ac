// Makes Date follow the emulated clock (clock.py) in a Lambda worker: three doubles, rewritten in place when the clock is set.
// Only Date: timers stay real, so a handler's own timeouts and the SDK's back-off behave as usual.
const fs = require('fs');

const file = fs.openSync(process.env.LOCAL_AWS_CLOCK, 'r');
const numbers = Buffer.alloc(24);
const realNow = Date.now;
const now = () => {
  fs.readSync(file, numbers, 0, 24, 0);
  return Math.floor(numbers.readDoubleLE(8) + (realNow() - numbers.readDoubleLE(0)) * numbers.readDoubleLE(16));
};

Date.now = now;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length ? args : [now()], newTarget),
  apply: (target) => new target(now()).toString(),
});
