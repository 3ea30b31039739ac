const UNITS: readonly [name: string, seconds: number][] = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** A length of time in the largest unit that it is whole in: `14 days`, `36 hours`. */
export function inWords(seconds: number): string {
  const [name, size] = UNITS.find(([, length]) => seconds % length === 0) ?? UNITS[UNITS.length - 1];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
