import { isSameResource, PODS } from "../objects/resource-table.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** What the kubelet needs of the cluster whose pods it runs. */
export interface PodCluster {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly store: ObjectStore;
  readonly logs: PodLogs;
  readonly runningPods: RunningPods;
  /** @throws {ApiStatusError} 404 for an account that does not exist */
  createServiceAccountToken(namespace: string, name: string, lifetimeSeconds?: number): string;
}

/** The pods that run as processes here. A deletion only marks them: they are removed once the process has ended. */
export class RunningPods {
  readonly #uids = new Set<string>();

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /**
   * Counts a pod as running, and aborts the controller when the pod is deleted.
   * @returns stops following it
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

/** What the pods that ran here have written, by uid; gone with the cluster. */
export class PodLogs {
  readonly #lines = new Map<string, string[]>();

  append(uid: string, line: string): void {
    const lines = this.#lines.get(uid);
    if (lines) lines.push(line);
    else this.#lines.set(uid, [line]);
  }

  /** All lines, each with its line end. @param tail only so many of the last */
  read(uid: string, tail = Number.POSITIVE_INFINITY): string {
    const lines = this.#lines.get(uid) ?? [];
    const first = Math.max(0, lines.length - tail);
    return lines
      .slice(first)
      .map((line) => `${line}\n`)
      .join("");
  }
}
