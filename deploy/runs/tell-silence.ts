import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import type { RetryNotice } from "../../runtime/kube/pipeline/retry.ts";

/** A person who waits is told this often that there still is no answer, in milliseconds. */
const TOLD_EVERY_MS = 15_000;

export interface SilenceOptions {
  /** Where the API server should be. */
  readonly server: string;
  /** When the run ends by itself, milliseconds since 1970. */
  readonly deadline: number;
  readonly tell: (line: string) => void;
  readonly now?: () => number;
}

/** Says that the API server does not answer and how long it is tried again: at the first retry at once, and rarely after that. */
export function tellSilence({ server, deadline, tell, now = Date.now }: SilenceOptions): (notice: RetryNotice) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ error, longestMs }) => {
    if (!(error instanceof TransportError) || now() - toldAt < TOLD_EVERY_MS) return;
    const until = new Date(Math.min(now() + longestMs, deadline)).toTimeString().slice(0, 8);
    const still = toldAt === Number.NEGATIVE_INFINITY ? "does not answer" : "still does not answer";
    toldAt = now();
    tell(`The API server at ${server} ${still} (${error.code}); retrying until ${until} at the latest`);
  };
}
