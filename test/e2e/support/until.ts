/** Looks again and again until there is something to see; `what` names it when it never comes. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, patienceMs: number = 60_000): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > giveUpAt) {
      throw new Error(`waited ${patienceMs / 1000} s in vain until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
