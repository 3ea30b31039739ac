import { MultiBar, Presets, SingleBar } from 'cli-progress';
import { say } from './stage';

/** One thing that is going on. */
export interface Activity {
  readonly what: string;
  readonly percent: number;
  readonly detail: string;
}

/** Without a terminal (CI), a line is printed whenever another part of this size is done. */
const STEP_PERCENT = 25;

const WIDTH = 30;

/** Shows what is going on: as moving bars in a terminal, as a line now and then elsewhere. */
export class LiveProgress {
  private readonly bars = process.stdout.isTTY
    ? new MultiBar({ format: '  {time}  {what} [{bar}] {percentage} %  {detail}', barsize: 20, hideCursor: true }, Presets.rect)
    : undefined;

  private readonly barOf = new Map<string, SingleBar>();
  private readonly lastLine = new Map<string, string>();

  /** @param time Since the beginning, on the clock of the local AWS. */
  public show(time: string, activities: readonly Activity[]): void {
    for (const activity of activities) {
      if (this.bars) {
        this.moveBar(this.bars, time, activity);
      } else {
        this.printLine(time, activity);
      }
    }
  }

  public end(): void {
    this.bars?.stop();
  }

  private moveBar(bars: MultiBar, time: string, { what, percent, detail }: Activity): void {
    const bar = this.barOf.get(what) ?? bars.create(100, 0, {});
    this.barOf.set(what, bar);
    // A finished activity keeps the time at which it ended.
    if (bar.getProgress() < 1) {
      bar.update(percent, { time, what: what.padEnd(WIDTH), detail });
    }
  }

  private printLine(time: string, { what, percent, detail }: Activity): void {
    const step = Math.floor(percent / STEP_PERCENT);
    if (this.lastLine.get(what) !== `${step}`) {
      this.lastLine.set(what, `${step}`);
      say(`  ${time}  ${what.padEnd(WIDTH)} ${`${percent}`.padStart(3)} %  ${detail}`);
    }
  }
}
