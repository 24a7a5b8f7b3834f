/** Mutations that were made: verb → resource (`pods`, `deployments.apps`) → count. */
export type MutationCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a client has done so far: read live by the status endpoint, the flight recorder and the report. */
export interface ClientStats {
  /** Requests sent, retries included. */
  readonly requests: number;
  readonly retries: number;
  /** Time spent waiting because the server answered 429, in milliseconds. */
  readonly throttledMs: number;
  /** Successful mutations; in a dry run those that the server would have made. */
  readonly mutations: MutationCounts;
  /** Distinct texts of the server's Warning headers, the first 50. */
  readonly warnings: readonly string[];
}

/** Bound on the distinct warnings that are kept, whatever the server sends. */
const MAX_WARNINGS = 50;

/** The stats that the pipeline writes and everyone else reads. */
export class StatsRecorder implements ClientStats {
  requests = 0;
  retries = 0;
  throttledMs = 0;
  /** How often the server asked to slow down. */
  throttles = 0;
  readonly mutations: Record<string, Record<string, number>> = {};
  readonly #warnings = new Set<string>();

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** @returns true where the text was not seen before */
  warn(text: string): boolean {
    if (this.#warnings.has(text) || this.#warnings.size >= MAX_WARNINGS) return false;
    this.#warnings.add(text);
    return true;
  }

  mutated(verb: string, resource: string, count = 1): void {
    this.mutations[verb] ??= {};
    const byResource = this.mutations[verb];
    byResource[resource] = (byResource[resource] ?? 0) + count;
  }
}
