import { LocalAws } from '../local-aws';

/** What a chapter plays on. */
export interface Stage {
  readonly local: LocalAws;
  /** Emulated seconds per second, to begin with. */
  readonly speed: number;
  /** For cloud assemblies and the like; removed when the demo ends. */
  readonly folder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One thing to see: `npm run demo -- <file name in chapters/>`. */
export interface Chapter {
  /** One line, for the list of chapters. */
  readonly title: string;
  /** What the reader is about to see. */
  readonly story: readonly string[];
  /** Commands to look further with, while the local AWS stays up. */
  readonly lookFurther: readonly string[];
  play(stage: Stage): Promise<void>;
}

export function say(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
