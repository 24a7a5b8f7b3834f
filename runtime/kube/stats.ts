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
