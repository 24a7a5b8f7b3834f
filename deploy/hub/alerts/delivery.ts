import type { SecretKey } from "../../../runtime/job/pod-fields.ts";
import type { Channel } from "../../settings/channels.ts";
import type { Archive } from "../archive/archive.ts";
import { type ChannelRequest, type ChannelSecrets, channelRequest } from "./channels.ts";
import type { Incident } from "./incidents.ts";
import { type Message, openedMessage } from "./message.ts";
import type { PostAnswer } from "./post.ts";
import { AlertStore, type QueuedMessage } from "./store.ts";

export interface DeliveryOptions {
  readonly channels: Readonly<Record<string, Channel>>;
  /** Reads a key of a Secret. @throws where it is not there */
  readonly readSecret: (key: SecretKey) => Promise<string>;
  readonly post: (request: ChannelRequest) => Promise<PostAnswer>;
  readonly now?: () => Date;
}

/** Between tries, in milliseconds; the last one again and again. */
const BACK_OFF_MS = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];
/** A channel may ask for more patience, up to this. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** After so long it is given up, and stays on the list. */
const GIVE_UP_MS = 24 * 3_600_000;

const SENT_AT_ONCE = 8;

/**
 * Brings messages to their channels, at least once: a message is noted as sent after the channel took it, so that a hub that is killed in between sends it
 * again, with the same id.
 */
export class Delivery {
  readonly #store: AlertStore;
  readonly #options: DeliveryOptions;
  readonly #now: () => Date;
  #running: Promise<void> | undefined;
  /** What was sent last, by channel, job and rule, while it is on its way. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(archive: Archive, options: DeliveryOptions) {
    this.#store = new AlertStore(archive);
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /** Sends what is due. Resolves when nothing is due any more; one call at a time does the work. */
  async send(): Promise<void> {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Repeats open incidents to Alertmanager, which ends what nobody repeats, and forgets it when it restarts. */
  async repeat(): Promise<void> {
    for (const [name, channel] of Object.entries(this.#options.channels)) {
      if (channel.kind !== "alertmanager") continue;
      for (const incident of this.#store.open()) {
        await this.#inTurn(name, incident, () => this.#repeatOne(name, channel, incident.id));
      }
    }
  }

  /** Others took their time before it: it may have ended meanwhile. */
  async #repeatOne(name: string, channel: Channel, id: string): Promise<void> {
    const incident = this.#store.incident(id);
    if (incident === undefined || incident.closedAt !== undefined) return;
    const told = this.#store.messagesOf(id).find((each) => each.channel === name && each.state === "sent");
    if (told !== undefined) await this.#try(channel, { ...told, message: openedMessage(incident, this.#now()) });
  }

  /** One after another, in what concerns one rule of a job and one channel: a repeat that arrived after the end would begin it again. */
  async #inTurn<T>(channel: string, about: Message["incident"] | Incident, act: () => Promise<T>): Promise<T> {
    if (about === undefined) return await act();
    const key = [channel, about.namespace, about.job, about.rule].join("/");
    const mine = Promise.allSettled([this.#turns.get(key)]).then(act);
    this.#turns.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key);
    }
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const due = this.#store.due(this.#now(), SENT_AT_ONCE);
      if (due.length === 0) return;
      await Promise.all(due.map((each) => this.#sendOne(each)));
    }
  }

  async #sendOne(queued: QueuedMessage): Promise<void> {
    const channel = this.#options.channels[queued.channel];
    if (channel === undefined) return this.#store.failed(queued, "the hub has no such channel any more", undefined);
    let began = 0;
    const answer = await this.#inTurn(queued.channel, queued.message.incident, () => {
      began = performance.now();
      return this.#try(channel, queued);
    });
    const now = this.#now();
    if (answer.taken) return this.#store.sent(queued, now, performance.now() - began);
    const backOff = BACK_OFF_MS[Math.min(queued.tries, BACK_OFF_MS.length - 1)] ?? 0;
    const wait = Math.max(backOff, Math.min(answer.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX));
    const isOver = answer.isForGood || now.getTime() - queued.createdAt.getTime() > GIVE_UP_MS;
    this.#store.failed(queued, answer.problem, isOver ? undefined : new Date(now.getTime() + wait));
  }

  async #try(channel: Channel, { message }: QueuedMessage): Promise<PostAnswer> {
    try {
      const secrets = await this.#secretsOf(channel);
      return await this.#options.post(channelRequest(channel, secrets, message, this.#now()));
    } catch (error) {
      // What is thrown here was written here: no message of a library, which may repeat what it was given.
      const problem = error instanceof Error ? error.message : "it could not be sent";
      return { taken: false, problem, isForGood: false };
    }
  }

  async #secretsOf({ urlFrom, keyFrom, tokenFrom }: Channel): Promise<ChannelSecrets> {
    const read = async (name: keyof ChannelSecrets, key: SecretKey | undefined) => {
      if (key === undefined) return {};
      const [secret, field] = key.split("/");
      const text = await this.#options.readSecret(key).catch(() => "");
      if (text.trim() === "") throw new Error(`key ${field} of Secret ${secret} is not there, or empty`);
      return { [name]: text.trim() };
    };
    const all = await Promise.all([read("url", urlFrom), read("key", keyFrom), read("token", tokenFrom)]);
    return Object.assign({}, ...all);
  }
}
