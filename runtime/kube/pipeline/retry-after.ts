import { boundedSeconds } from "../errors/status.ts";

/**
 * Reads a Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3).
 * @returns seconds from 0 to 60; undefined where there is nothing usable
 */
export function retryAfterSeconds(text: string | undefined, now: () => number = Date.now): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return boundedSeconds(Number(trimmed));
  if (!/^[A-Z][a-z]{2}, /.test(trimmed)) return undefined;
  const seconds = (Date.parse(trimmed) - now()) / 1_000;
  return seconds === 0 ? undefined : boundedSeconds(seconds);
}
