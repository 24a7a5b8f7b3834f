import type { ObjectStore } from "../storage/object-store.ts";

const PODS = "pods";

/** The pods that run as processes here. Whoever deletes one only marks it: it goes when its process has ended. */
export class RunningPods {
  readonly #uids = new Set<string>();

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /**
   * Counts a pod as running, and aborts the signal when somebody deletes it.
   * @returns ends that
   */
  follow(store: ObjectStore, uid: string, controller: AbortController): () => void {
    this.#uids.add(uid);
    const stop = store.events.listen(({ resource, object, type }) => {
      if (resource.resource !== PODS || resource.group !== "" || object.metadata.uid !== uid) return;
      if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) controller.abort();
    });
    return () => {
      stop();
      this.#uids.delete(uid);
    };
  }
}
