import { formatDuration } from "../../runtime/job/duration.ts";

const MINUTE_MS = 60_000;

/** How long ago something was, as short as kubectl says it: `45s`, `12m`, `3h`, `2d`. */
export function age(since: string, now: Date): string {
  const milliseconds = now.getTime() - Date.parse(since) || 0;
  // Two units say more than anybody needs, except for what is only minutes old.
  const text = formatDuration(Math.max(0, Math.round(milliseconds / 1_000) * 1_000));
  return milliseconds < 10 * MINUTE_MS ? text : (/^\d+[a-z]+/.exec(text)?.[0] ?? text);
}
