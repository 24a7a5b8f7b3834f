/**
 * A time as a wall clock in a time zone shows it, to the minute: `2026-03-01 06:30`.
 *
 * @param timeZone IANA name
 */
export function zonedTime(time: Date, timeZone: string): string {
  if (Number.isNaN(time.getTime())) return "no time";
  // Swedish is how Intl spells ISO 8601 with a space.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(time);
}
