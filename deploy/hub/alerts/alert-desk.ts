import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecretKey } from "../../../runtime/job/pod-fields.ts";
import type { Channel } from "../../settings/channels.ts";
import type { Archive, KeptJob } from "../archive/archive.ts";
import { Delivery, type DeliveryOptions } from "./delivery.ts";
import { ArchiveJudge, type JudgeOptions } from "./judge-archive.ts";
import type { Alerts } from "./judged.ts";
import { post } from "./post.ts";
import { AlertStore } from "./store.ts";

export interface AlertDeskOptions {
  readonly channels: Readonly<Record<string, Channel>>;
  /** For jobs that say nothing of alerts. */
  readonly usual?: Alerts;
  readonly readSecret: (key: SecretKey) => Promise<string>;
  readonly now?: () => Date;
  /** Told what went wrong and is tried again. */
  readonly onProblem: (text: string) => void;
  readonly post?: DeliveryOptions["post"];
}

/** Between two looks at the jobs where nothing changed; and after a change, since several come at once. In milliseconds. */
const LOOK_MS = 5_000;
const SETTLE_MS = 200;
/** Between repeating open incidents to Alertmanager, and between letting go of old ones. */
const REPEAT_MS = 5 * 60_000;
/** What ended longer ago is let go, with its messages. */
const KEPT_MS = 90 * 86_400_000;

/** Judges what the archive gets, and tells the channels. */
export class AlertDesk {
  readonly store: AlertStore;
  readonly #archive: Archive;
  readonly #judge: ArchiveJudge;
  readonly #delivery: Delivery;
  readonly #options: AlertDeskOptions;
  readonly #now: () => Date;

  constructor(archive: Archive, options: AlertDeskOptions) {
    this.#archive = archive;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.store = new AlertStore(archive);
    const names = Object.keys(options.channels);
    const judging: JudgeOptions = {
      channels: names,
      alwaysResolved: names.filter((name) => options.channels[name]?.kind === "alertmanager"),
      ...(options.usual === undefined ? {} : { usual: options.usual }),
      now: this.#now,
      onProblem: options.onProblem,
    };
    this.#judge = new ArchiveJudge(archive, judging);
    const { channels, readSecret } = options;
    this.#delivery = new Delivery(archive, { channels, readSecret, post: options.post ?? post, now: this.#now });
  }

  /**
   * Works until the signal ends it. It is begun once the hub has caught up with the cluster: what is not yet read would count as missing.
   *
   * @param isWatched whether the hub still sees what becomes of a job
   * @returns when it has ended
   */
  async run(signal: AbortSignal, isWatched: (job: KeptJob) => boolean): Promise<void> {
    await Promise.all([this.#lookAndSend(signal, isWatched), this.#repeat(signal)]);
  }

  /** Judges and sends once. */
  async once(): Promise<void> {
    this.#judge.look();
    await this.#delivery.send();
  }

  /** Sends messages of an id again that did not arrive. @returns how many, and why none where it is known */
  resend(id: string): { readonly resent: number; readonly why?: string } {
    const resent = this.store.resend(id, this.#now());
    return { resent, ...(resent === 0 && this.store.isOver(id) ? { why: "its incident is over" } : {}) };
  }

  async #lookAndSend(signal: AbortSignal, isWatched: (job: KeptJob) => boolean): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#judge.look(isWatched);
        // A channel that is slow must not hold up the next look.
        void this.#delivery.send().catch((error: unknown) => this.#tell(error));
      } catch (error) {
        this.#tell(error);
      }
      await this.#nextLook(signal);
    }
  }

  async #nextLook(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const stop = this.#archive.onChange(() => woken.abort());
    await wait(LOOK_MS, AbortSignal.any([signal, woken.signal]));
    stop();
    if (woken.signal.aborted) await wait(SETTLE_MS, signal);
  }

  async #repeat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#delivery.repeat();
        this.store.forget(new Date(this.#now().getTime() - KEPT_MS));
      } catch (error) {
        this.#tell(error);
      }
      await wait(REPEAT_MS, signal);
    }
  }

  #tell(error: unknown): void {
    this.#options.onProblem(`Alerts: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

/**
 * Reads keys of Secrets that are mounted as files, `FOLDER/SECRET/KEY`: anew for each message, so that a changed Secret counts without a restart.
 *
 * @param folder absolute path
 */
export function mountedSecrets(folder: string): (key: SecretKey) => Promise<string> {
  return (key) => readFile(join(folder, key), "utf8");
}
