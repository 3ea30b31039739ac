/**
 * What a deploy does when the time that it waits for an operation is up.
 */
export enum TimeoutBehavior {
  /**
   * The deploy fails, and what the operation had begun and not finished is removed.
   *
   * A snapshot that is still being created cannot be deleted (a limit of RDS): it is removed as soon as RDS allows.
   */
  FAIL = 'FAIL',

  /**
   * The deploy goes on, and so does the operation: it is watched to its end, for up to seven days, and its outcome becomes an
   * event, a metric and, with `notificationTopic`, a notification.
   */
  CONTINUE = 'CONTINUE',
}
