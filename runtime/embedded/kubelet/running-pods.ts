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

/** The logs of local pods, by uid. */
export class PodLogs {
  readonly #lines = new Map<string, string[]>();

  append(uid: string, line: string): void {
    const lines = this.#lines.get(uid);
    if (lines) lines.push(line);
    else this.#lines.set(uid, [line]);
  }

  /** The lines with their line breaks. @param tail only this many of the last */
  read(uid: string, tail = Number.POSITIVE_INFINITY): string {
    const lines = this.#lines.get(uid) ?? [];
    const first = Math.max(0, lines.length - tail);
    return lines
      .slice(first)
      .map((line) => `${line}\n`)
      .join("");
  }
}
