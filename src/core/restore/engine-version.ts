/**
 * Whether one engine version is lower than another: restores go to the same or to a higher one. `16.4`, `8.0.mysql_aurora.3.08.0`; a version that
 * names less than the other, as `8.0.mysql_aurora.3` does, is not lower.
 */
export function isLowerVersion(version: string, than: string): boolean {
  const numbers = numbersIn(version);
  const others = numbersIn(than);
  const differing = numbers.findIndex((number, index) => number !== others[index]);
  return differing >= 0 && differing < others.length && numbers[differing] < others[differing];
}

/** Whether two engine versions are not the same, as far as both of them say. */
export function isOtherVersion(version: string, than: string): boolean {
  return isLowerVersion(version, than) || isLowerVersion(than, version);
}

function numbersIn(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}
