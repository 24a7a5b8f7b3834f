import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { listPods } from "../../runs/find-run.ts";
import { terminatedState } from "../../runs/history/ends.ts";
import {
  endCondition,
  failuresBefore,
  type JobObject,
  lastPod,
  type PodObject,
} from "../../runs/history/run-objects.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import type { RunDetail } from "../../source/run-source.ts";
import type { JobKind, KeptRun } from "../archive/archive.ts";
import type { KeptLog } from "../archive/kept-log.ts";
import { attemptsOf, mainContainer } from "./foreign-run.ts";
import { type ReadLog, readPodLog } from "./read-log.ts";
import { readWatchedRun } from "./watched-run.ts";

/** The CronJob of a run. */
export interface Owner {
  readonly namespace: string;
  readonly job: string;
  readonly kind: JobKind;
}

interface ReadOptions {
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly onProblem: (text: string) => void;
}

/** A run that is not kept for good: its Job as it was last seen, its pods with those that are gone, and their logs as far as they were read. */
export class TrackedRun {
  job: JobObject;
  /** Its Job is gone. */
  isGone = false;
  readonly #client: KubeClient;
  /** By uid, as they were last seen. */
  readonly #pods = new Map<string, PodObject>();
  /** Logs that are being read to the end of a pod that is about to go, by its uid. */
  readonly #followed = new Map<string, Promise<ReadLog>>();
  /** Pods whose logs are read. */
  readonly #read = new Map<string, { readonly attempt: number; readonly report?: Report; log?: KeptLog }>();

  constructor(client: KubeClient, job: JobObject) {
    this.#client = client;
    this.job = job;
  }

  get uid(): string {
    return this.job.metadata.uid;
  }

  get name(): string {
    return `${this.job.metadata.namespace}/${this.job.metadata.name}`;
  }

  get ownerUid(): string | undefined {
    return this.job.metadata.ownerReferences?.find(({ kind }) => kind === "CronJob")?.uid;
  }

  /** Takes note of a pod as it is now. */
  see(pod: PodObject): void {
    this.#pods.set(pod.metadata.uid, pod);
  }

  /**
   * Reads the run as it stands, and the logs of those pods that have ended.
   *
   * @param before what the archive knows of it
   */
  async read(
    { kind, job: name }: Owner,
    before: RunDetail | undefined,
    options: ReadOptions,
  ): Promise<{ readonly run: KeptRun; readonly logs: ReadonlyMap<number, KeptLog> }> {
    if (!this.isGone) {
      const { namespace = "" } = this.job.metadata;
      for (const pod of await listPods(this.#client, namespace, this.job)) this.see(pod);
    }
    const pods = [...this.#pods.values()];
    await this.#readLogs(kind, pods, options);
    const last = lastPod(pods);
    // What the process of somebody else's CronJob writes is no report.
    const full =
      kind === "errand" ? (this.#read.get(last?.metadata.uid ?? "")?.report ?? before?.record.report) : undefined;
    const run = await readWatchedRun(this.#client, { kind, name, job: this.job }, pods, full, options.now);
    const logs = [...this.#read.values()].flatMap(({ attempt, log }): [number, KeptLog][] =>
      log === undefined ? [] : [[attempt, log]],
    );
    return { run, logs: new Map(logs) };
  }

  /** Lets go of logs that are in the archive. */
  logsKept(logs: ReadonlyMap<number, KeptLog>): void {
    for (const read of this.#read.values()) if (read.log === logs.get(read.attempt)) delete read.log;
  }

  async #readLogs(kind: JobKind, pods: readonly PodObject[], { signal, onProblem }: ReadOptions): Promise<void> {
    const attempts = kind === "errand" ? undefined : attemptsOf(pods);
    const isOver = this.isGone || endCondition(this.job) !== undefined;
    for (const pod of pods) {
      const { uid, deletionTimestamp } = pod.metadata;
      if (this.#read.has(uid)) continue;
      const container = kind === "errand" ? CONTAINER_NAME : mainContainer(pod);
      const state = pod.status?.containerStatuses?.find(({ name }) => name === container)?.state;
      const hasEnded = kind === "errand" ? terminatedState(pod) !== undefined : isPodOver(pod);
      const isGoing = !hasEnded && deletionTimestamp !== undefined && state?.running != null;
      if (isGoing && !this.#followed.has(uid)) {
        const followed = readPodLog(this.#client, pod, container, true, signal);
        followed.catch(() => {});
        this.#followed.set(uid, followed);
      }
      if (!hasEnded && !(isOver && this.#followed.has(uid))) continue;
      const read = await this.#logOf(pod, container, signal, onProblem);
      const attempt = attempts?.get(uid) ?? failuresBefore(pod) + 1;
      this.#read.set(uid, { attempt, ...read });
    }
  }

  /** What was followed may have been cut off; what can still be read whole is. */
  async #logOf(
    pod: PodObject,
    container: string,
    signal: AbortSignal,
    onProblem: (text: string) => void,
  ): Promise<ReadLog> {
    const followed = this.#followed.get(pod.metadata.uid);
    this.#followed.delete(pod.metadata.uid);
    const read = await followed?.catch(() => undefined);
    if (read !== undefined && read.log.note === undefined) return read;
    const again = await readPodLog(this.#client, pod, container, false, signal);
    if (again.log.note !== undefined) onProblem(`Log of ${pod.metadata.name}: ${again.log.note}`);
    return read !== undefined && again.log.lines.length < read.log.lines.length ? read : again;
  }
}

/** True where every container has ended: one of several may go on. */
function isPodOver({ status }: PodObject): boolean {
  const statuses = status?.containerStatuses ?? [];
  return statuses.length > 0 && statuses.every(({ state }) => state?.terminated != null);
}
