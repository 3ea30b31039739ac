import { Calendar } from './calendar';
import { ExportPeriod } from './plan-rules';

/** The period in which an export is made once: a text that two runs share exactly when one export is enough for both. */
export function exportPeriodKey(calendar: Calendar, period: ExportPeriod, time: Date, timeZone: string, runName: string): string {
  return period === 'run' ? runName : calendar.periodOf(period, time, timeZone);
}
