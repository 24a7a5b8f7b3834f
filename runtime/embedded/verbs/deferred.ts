/** Work that an embedded cluster does a little later, as controllers and kubelets do; dropped when it closes. */
export class Deferred {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param delayMs 0 means after the answer that is being made */
  run(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs);
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
