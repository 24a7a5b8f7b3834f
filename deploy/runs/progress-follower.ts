import type { Report } from "../../runtime/run/report/report.ts";

/** How often a running pod is asked how far it is, in milliseconds. */
const ASK_MS = 2_000;

type Ask = (pod: string) => Promise<Pick<Report, "progress">>;

/** Tells how far a run is, as its job says it by `progress`: its pod is asked, where the person may. */
export class ProgressFollower implements Disposable {
  readonly #ask: Ask;
  readonly #onProgress: (text: string) => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #pod: string | undefined;
  #said = "";

  /**
   * @param ask gives the report so far of a pod
   * @param onProgress told how far it is, whenever that is news
   * @param everyMs how often it is asked, in milliseconds. Default: 2 s
   */
  constructor(ask: Ask, onProgress: (text: string) => void, everyMs = ASK_MS) {
    this.#ask = ask;
    this.#onProgress = onProgress;
    this.#everyMs = everyMs;
  }

  follow(pod: string): void {
    if (this.#pod === pod) return;
    this.#pod = pod;
    clearTimeout(this.#timer);
    this.#lookLater(pod);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#pod = undefined;
  }

  /** What nobody waits for must not keep the process: a job that waits for nothing any more is found by that. */
  #lookLater(pod: string): void {
    this.#timer = setTimeout(() => this.#look(pod), this.#everyMs).unref();
  }

  async #look(pod: string): Promise<void> {
    try {
      const { progress } = await this.#ask(pod);
      if (this.#pod !== pod) return;
      const text = progress === undefined ? "" : `progress: ${JSON.stringify(progress)}`;
      if (text !== this.#said && text !== "") this.#onProgress(text);
      this.#said = text;
      this.#lookLater(pod);
    } catch {
      // A pod that has just ended, or a person who may not forward its port: its log says the rest.
    }
  }
}
