import { Token } from 'aws-cdk-lib';

// A time without a zone would mean something else on every computer that synthesizes it.
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const EXAMPLE = '2026-11-23T07:30:00Z';

/**
 * The time that a cluster is restored to.
 *
 * Automated backups reach from the begin of their retention to a few minutes ago. A time outside of them fails the first deploy, before
 * anything is restored, with the times that are possible.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html
 */
export class RestoreTime {
  /**
   * The latest time that the backups hold when the cluster is restored, typically less than five minutes before.
   */
  public static latest(): RestoreTime {
    return new RestoreTime();
  }

  /**
   * A fixed time.
   *
   * @param date A time in the past, in whole seconds: fractions are cut off. A time in the future and what is no date are errors at synth. Write the time
   * itself: `new Date()` is another at every synth, and the second deploy is refused.
   */
  public static at(date: Date): RestoreTime {
    const time = date.getTime();
    if (Number.isNaN(time)) {
      throw new Error(`RestoreTime.at takes a valid date, got '${String(date)}'; check how it is made, or use RestoreTime.atTimestamp('${EXAMPLE}')`);
    }
    return new RestoreTime(inThePast('RestoreTime.at', time));
  }

  /**
   * A fixed time, as text.
   *
   * @param iso8601 A time in the past with its zone, for example `2026-11-23T07:30:00Z` or `2026-11-23T08:30:00+01:00`, in whole seconds: fractions
   * are cut off. Another text is an error at synth. What is only known when the stack deploys must be in UTC, as in the first example.
   */
  public static atTimestamp(iso8601: string): RestoreTime {
    if (Token.isUnresolved(iso8601)) {
      return new RestoreTime(iso8601);
    }
    const time = Date.parse(iso8601);
    const day = TIMESTAMP.exec(iso8601)?.[1];
    // The 30th of February would be the 2nd of March.
    if (day === undefined || Number.isNaN(time) || !new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)) {
      throw new Error(`RestoreTime.atTimestamp takes a time with its zone in ISO 8601, for example '${EXAMPLE}', got '${iso8601}'`);
    }
    return new RestoreTime(inThePast('RestoreTime.atTimestamp', time));
  }

  private constructor(
    /**
     * In UTC, as CloudFormation wants it; without it, the latest time.
     *
     * @internal
     */
    public readonly _timestamp?: string,
  ) {}
}

/** The clock only refuses: what is synthesized does not depend on it. */
function inThePast(method: string, time: number): string {
  // eslint-disable-next-line no-restricted-properties
  if (time > Date.now()) {
    throw new Error(`${method} takes a time in the past, got ${new Date(time).toISOString()}; for the latest time that can be restored, use RestoreTime.latest()`);
  }
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
