/** The longest wait that a server may ask for, in seconds: more than that and the run's own deadline should decide. */
export const MAX_RETRY_AFTER_SECONDS = 60;

/**
 * Reads a Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3).
 * @returns seconds from 0 to 60; undefined where there is nothing usable
 */
export function retryAfterSeconds(text: string | undefined, now: () => number = Date.now): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return Math.min(Number(trimmed), MAX_RETRY_AFTER_SECONDS);
  if (!/^[A-Z][a-z]{2}, /.test(trimmed)) return undefined;
  const seconds = (Date.parse(trimmed) - now()) / 1_000;
  if (!(seconds > 0)) return undefined;
  return Math.min(seconds, MAX_RETRY_AFTER_SECONDS);
}
