import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../../runtime/run/report/report.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { describeLogLine } from "./describe-log-line.ts";
import { parseReport } from "./history/report-text.ts";
import { logLines } from "./log-lines.ts";

/** How long the log may go on after the run is known to be over. */
const LOG_END_MS = 3_000;

/** Follows the log of each of a run's pods once, and keeps the report in its last line: the termination message may be a shorter one. */
export class LogFollower implements Disposable {
  readonly #api: ClusterApi;
  readonly #onLine: (line: string) => void;
  readonly #followed = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #report: Report | undefined;

  /** @param onLine told each line but the report, as people read it */
  constructor(api: ClusterApi, onLine: (line: string) => void) {
    this.#api = api;
    this.#onLine = onLine;
  }

  follow(namespace: string, name: string): void {
    if (!this.#followed.has(name)) this.#followed.set(name, this.#read(namespace, name));
  }

  /** Waits for the end of the logs. @returns the report as the log has it where that is the same run's end, said in full; else the one given */
  async fullReport(report: Report): Promise<Report> {
    const enough = new AbortController();
    await Promise.race([
      Promise.all(this.#followed.values()),
      sleep(LOG_END_MS, undefined, { signal: enough.signal }).catch(() => {}),
    ]);
    enough.abort();
    const full = this.#report;
    const isSame = full?.run.id === report.run.id && full.run.attempt === report.run.attempt;
    return isSame && full.outcome === report.outcome ? full : report;
  }

  /** Lets go of logs that still go on. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #read(namespace: string, name: string): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const line of logLines(this.#api.send, { namespace, name }, { follow: true, signal })) {
        const report = parseReport(line);
        if (report === undefined) this.#onLine(describeLogLine(line));
        else this.#report = report;
      }
    } catch (error) {
      if (!signal.aborted) this.#onLine(`its log cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }
}
