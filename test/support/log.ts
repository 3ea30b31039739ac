/** What the runtime writes to its log group, kept from the output of the tests. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Call it once in a file; what it returns tells the lines written since the test began. */
export function captureLog(): () => LogLine[] {
  let written: string[] = [];
  beforeEach(() => {
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  return () => written.map((line) => JSON.parse(line));
}
