/** As many of the texts, from the first, as fit into so many bytes of JSON, and how many are left out. */
export function fitTexts(texts: readonly string[], maxBytes: number): { readonly texts: string[]; readonly leftOut: number } {
  let bytes = 2; // the brackets
  let count = 0;
  for (const text of texts) {
    bytes += jsonBytes(text) + 1; // and a comma
    if (bytes > maxBytes) {
      break;
    }
    count += 1;
  }
  return { texts: texts.slice(0, count), leftOut: texts.length - count };
}

/** The texts in one, cut at a whole text so that its JSON takes no more than so many bytes. */
export function joinFitting(texts: readonly string[], maxBytes: number): string {
  const remark = (leftOut: number) => `and ${leftOut} more, which the outcome event and the log name`;
  const all = fitTexts(texts, maxBytes);
  if (all.leftOut === 0) {
    return texts.join('; ');
  }
  const some = fitTexts(texts, maxBytes - jsonBytes(remark(texts.length)) - 2);
  return [...some.texts, remark(some.leftOut)].join('; ');
}

/** The texts in groups of which each takes no more than so many bytes; a text that is longer has a group of its own. */
export function inGroups(texts: readonly string[], maxBytes: number): string[][] {
  const groups: string[][] = [];
  for (let rest = texts; rest.length > 0;) {
    const size = Math.max(1, fitTexts(rest, maxBytes).texts.length);
    groups.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return groups;
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}
