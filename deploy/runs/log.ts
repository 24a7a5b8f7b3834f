import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { LogOptions } from "../../runtime/kube/surface/call-options.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import { type Style, style as talkStyle } from "../terminal/talk.ts";
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

const COLORS: Readonly<Record<string, keyof Style>> = { debug: "gray", info: "cyan", warn: "yellow", error: "red" };

/**
 * Writes one line of a run's log for people: time, level, message, fields. What is not of the runtime's making stays as it is.
 *
 * @param style colours of the output that it goes to
 */
export function describeLogLine(line: string, style: Style = talkStyle): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { time, level, message, ...fields } = entry;
  const color = COLORS[String(level)];
  const shownLevel = String(level).padEnd(5);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" && !value.includes("\n") ? value : JSON.stringify(value)}`,
  );
  return [
    String(time).slice(11, 19),
    color === undefined ? shownLevel : style[color](shownLevel),
    indented(String(message)),
    ...rest.map(style.dim),
  ].join(" ");
}

/** A message of several lines cannot pass for several messages. */
function indented(message: string): string {
  return message.replaceAll("\n", `\n${" ".repeat("00:00:00 level ".length)}`);
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && "time" in value && "level" in value && "message" in value ? value : undefined;
  } catch {
    return undefined;
  }
}
