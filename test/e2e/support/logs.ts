import { ACCOUNT, World } from '../../local/world';

/** One line of a function's log, as CloudWatch Logs Insights reads it: a JSON object. */
export type LogLine = Record<string, any>;

const LOG_GROUPS = /AuroraBackup(Operations|Plans|Restores)|VaultFunctions/;

/** Everything the functions of the library's stacks have written in a Region of an account, oldest first. */
export async function readLogs(world: World, region: string, account: string = ACCOUNT): Promise<LogLine[]> {
  const { logGroups } = await world.json('logs', 'Logs_20140328.DescribeLogGroups', {}, region, account);
  const lines: { timestamp: number; line: LogLine }[] = [];
  for (const { logGroupName } of logGroups.filter((group: any) => LOG_GROUPS.test(group.logGroupName))) {
    const { events } = await world.json('logs', 'Logs_20140328.FilterLogEvents', { logGroupName }, region, account);
    for (const { timestamp, message } of events) {
      for (const text of message.split('\n').filter((candidate: string) => candidate.startsWith('{'))) {
        lines.push({ timestamp, line: JSON.parse(text) });
      }
    }
  }
  return lines.sort((a, b) => a.timestamp - b.timestamp).map(({ line }) => line);
}
