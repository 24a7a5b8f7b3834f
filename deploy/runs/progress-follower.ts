import type { Report } from "../../runtime/run/report/report.ts";

/** How often a running pod is asked how far it is, in milliseconds. */
const ASK_MS = 2_000;

/** Tells how far a run is, as its job says it by `progress`: its pod is asked, where the person may. */
export class ProgressFollower implements Disposable {
  readonly #ask: (pod: string) => Promise<Report>;
  readonly #onProgress: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #pod: string | undefined;
  #said = "";

  /**
   * @param ask gives the report so far of a pod
   * @param onProgress told how far it is, whenever that is news
   */
  constructor(ask: (pod: string) => Promise<Report>, onProgress: (text: string) => void) {
    this.#ask = ask;
    this.#onProgress = onProgress;
  }

  follow(pod: string): void {
    if (this.#pod === pod) return;
    this.#pod = pod;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(pod), ASK_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#pod = undefined;
  }

  async #look(pod: string): Promise<void> {
    try {
      const { progress } = await this.#ask(pod);
      if (this.#pod !== pod) return;
      const text = progress === undefined ? "" : `progress: ${JSON.stringify(progress)}`;
      if (text !== this.#said && text !== "") this.#onProgress(text);
      this.#said = text;
      this.#timer = setTimeout(() => this.#look(pod), ASK_MS);
    } catch {
      // A pod that has just ended, or a person who may not forward its port: its log says the rest.
    }
  }
}
