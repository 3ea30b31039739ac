/** RDS's words may be long, and an event, a state and a message hold only so much. */
export function bounded(text: string, length = 1_000): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}

/** As many as are worth reading in an event; the log has them all. */
export function firstOf<T>(items: readonly T[], count = 50): T[] {
  return items.slice(0, count);
}
