import { Cron } from "croner";
import { DEFAULT_TIME_ZONE } from "../../runtime/job/definition.ts";
import { readCronText } from "./cron-text.ts";

/**
 * The last time before now at which a schedule was due.
 *
 * @param schedule cron text as it is deployed
 * @returns undefined for text that nobody can read
 */
export function lastDue(schedule: string, timeZone: string | undefined, now: Date): Date | undefined {
  const cron = readCronText(schedule);
  if (cron.problem !== undefined) return undefined;
  return new Cron(cron.text, { timezone: timeZone ?? DEFAULT_TIME_ZONE }).previousRuns(1, now)[0];
}
