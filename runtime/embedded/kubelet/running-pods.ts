import { isSameResource, PODS } from "../objects/resource-table.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** The cluster whose pods the kubelet runs. */
export interface PodCluster {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly store: ObjectStore;
  readonly logs: PodLogs;
  readonly runningPods: RunningPods;
  /** @throws {ApiStatusError} 404 if the account does not exist */
  createServiceAccountToken(namespace: string, name: string, lifetimeSeconds?: number): string;
}

/** Pods that run as local processes. A deletion only marks them: they are removed when the process has ended. */
export class RunningPods {
  readonly #uids = new Set<string>();

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /**
   * Registers a running pod, and aborts the controller when the pod is deleted.
   * @returns unregisters it
   */
  follow(store: ObjectStore, uid: string, controller: AbortController): () => void {
    this.#uids.add(uid);
    const stop = store.events.listen(({ resource, object, type }) => {
      if (!isSameResource(resource, PODS) || object.metadata.uid !== uid) return;
      if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) controller.abort();
    });
    return () => {
      stop();
      this.#uids.delete(uid);
    };
  }
}

/** Which lines of a log to read, as the API's parameters say. */
export interface LogSelection {
  /** Only this many of the last. */
  readonly tail?: number | undefined;
  /** Only lines from this time on, in milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** Each line begins with its time. */
  readonly timestamps?: boolean;
}

interface LogLine {
  /** RFC 3339, later than that of the line before it. */
  readonly time: string;
  readonly text: string;
}

/** The logs of local pods, by uid. */
export class PodLogs {
  readonly #lines = new Map<string, LogLine[]>();
  readonly #listeners = new Map<string, Set<(line: LogLine) => void>>();

  append(uid: string, text: string): void {
    const lines = this.#lines.get(uid) ?? [];
    this.#lines.set(uid, lines);
    const line = { time: timeAfter(lines.at(-1)?.time), text };
    lines.push(line);
    for (const listener of this.#listeners.get(uid) ?? []) listener(line);
  }

  /** The lines with their line breaks. */
  read(uid: string, selection: LogSelection = {}): string {
    const { tail = Number.POSITIVE_INFINITY, since = 0 } = selection;
    const lines = (this.#lines.get(uid) ?? []).filter(({ time }) => Date.parse(time) >= since);
    return lines
      .slice(Math.max(0, lines.length - tail))
      .map((line) => textOf(line, selection))
      .join("");
  }

  /** Gives every line that comes from now on. @returns ends it */
  follow(uid: string, selection: LogSelection, onLine: (text: string) => void): () => void {
    const listeners = this.#listeners.get(uid) ?? new Set();
    this.#listeners.set(uid, listeners);
    const listener = (line: LogLine): void => onLine(textOf(line, selection));
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }
}

function textOf({ time, text }: LogLine, { timestamps = false }: LogSelection): string {
  return `${timestamps ? `${time} ` : ""}${text}\n`;
}

const NANOSECOND_DIGITS = 9;

/** The time now with nanoseconds, which tell lines of the same millisecond apart. */
function timeAfter(before: string | undefined): string {
  const [now = ""] = new Date().toISOString().split("Z");
  const time = `${now.padEnd(now.indexOf(".") + 1 + NANOSECOND_DIGITS, "0")}Z`;
  if (before === undefined || before < time) return time;
  const [seconds = "", fraction = ""] = before.slice(0, -1).split(".");
  return `${seconds}.${String(Number(fraction) + 1).padStart(NANOSECOND_DIGITS, "0")}Z`;
}
