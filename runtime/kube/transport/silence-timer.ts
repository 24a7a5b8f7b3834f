/** Watches over one exchange: calls back once when nothing was heard for too long. */
export class SilenceTimer {
  readonly #onSilence: (code: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onSilence told the code of what was waited for */
  constructor(onSilence: (code: string) => void) {
    this.#onSilence = onSilence;
  }

  /** Waits from now on. @param milliseconds 0 for as long as it takes */
  wait(milliseconds: number, code: string): void {
    this.stop();
    // The connection keeps the process alive; what watches over it must not.
    if (milliseconds > 0) this.#timer = setTimeout(this.#onSilence, milliseconds, code).unref();
  }

  /** Something came: the time begins anew. */
  heard(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
