import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { LogOptions } from "../../runtime/kube/surface/call-options.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import { describeLogLine } from "./describe-log-line.ts";
import { parseReport } from "./history/report-text.ts";

/** How long the log may go on after the run is known to be over. */
const LOG_END_MS = 3_000;

/** A line may hold all that a run has to say in its report; more than this, in bytes, is nobody's report. */
const LONGEST_LINE_BYTES = 64 * 2 ** 20;

/** The lines of what a run's pod wrote. One that is followed goes on until its container ends. */
export function runLog(
  client: KubeClient,
  { metadata: { namespace = "", name } }: { readonly metadata: { readonly namespace?: string; readonly name: string } },
  options: Pick<LogOptions, "follow" | "signal" | "tail" | "since"> = {},
): AsyncIterable<string> {
  const { pods } = client.kube.inNamespace(namespace);
  return pods.logs(name, { container: CONTAINER_NAME, maxLineBytes: LONGEST_LINE_BYTES, ...options });
}

/** Follows the log of each of a run's pods once, and keeps the report in its last line: the termination message may be a shorter one. */
export class LogFollower implements Disposable {
  readonly #client: KubeClient;
  readonly #onLine: (line: string) => void;
  readonly #followed = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #report: Report | undefined;

  /** @param onLine told each line but the report, as people read it */
  constructor(client: KubeClient, onLine: (line: string) => void) {
    this.#client = client;
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
      for await (const line of runLog(this.#client, { metadata: { namespace, name } }, { follow: true, signal })) {
        const report = parseReport(line);
        if (report === undefined) this.#onLine(describeLogLine(line));
        else this.#report = report;
      }
    } catch (error) {
      if (!signal.aborted) this.#onLine(`its log cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }
}
