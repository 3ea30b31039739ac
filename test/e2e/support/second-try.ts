/**
 * Emulated time is bound to that of the machine, and a busy machine may pause a process at the worst moment. A test that fails once and
 * passes then counts, and `npm test` names it at its end, so that what fails often is seen; what fails twice has failed.
 */
jest.retryTimes(1, { logErrorsBeforeRetry: true });
