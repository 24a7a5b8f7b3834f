import { Duplex } from "node:stream";
import { ApiError } from "../errors/api-error.ts";
import { requestText, TransportError } from "../errors/kube-error.ts";
import type { KubeRequest } from "../requests/request.ts";
import type { MessageSocket } from "./web-socket.ts";

const CHANNEL = { data: 0, error: 1 } as const;
/** Each channel begins with the port number; its size in bytes. */
const PORT_BYTES = 2;
/** Maximum size of a message's data, in bytes. */
const MESSAGE_BYTES = 32 * 1024;

/** A connection to a port of a pod, as a stream. The protocol has no half-close: both directions end together. */
export class ForwardedPort extends Duplex {
  readonly #messages: MessageSocket;
  readonly #request: KubeRequest;
  readonly #port: number;
  readonly #stopListening: () => void;
  /** Channels whose first message, the port number, has arrived. */
  readonly #begun = new Set<number>();
  #goOn: (() => void) | undefined;

  /** @param signal destroys the stream with the signal's reason */
  constructor(messages: MessageSocket, request: KubeRequest, port: number, signal: AbortSignal | undefined) {
    super({ allowHalfOpen: false });
    this.#messages = messages;
    this.#request = request;
    this.#port = port;
    const abort = () => void this.destroy(signal?.reason as Error);
    this.#stopListening = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    void this.#readAll();
  }

  override _read(): void {
    this.#goOn?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    // Without reads the lost connection would go unnoticed, so writes report it too.
    const sent = () => (this.#messages.loss === null ? done() : done(this.#broken(this.#messages.loss)));
    this.#send(chunk).then(sent, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopListening();
    this.#messages.close();
    this.#goOn?.();
    done(error);
  }

  async #send(chunk: Buffer): Promise<void> {
    for (let start = 0; start < chunk.length; start += MESSAGE_BYTES) {
      const part = chunk.subarray(start, start + MESSAGE_BYTES);
      await this.#messages.send(Buffer.concat([Buffer.from([CHANNEL.data]), part]));
    }
  }

  async #readAll(): Promise<void> {
    try {
      for await (const message of this.#messages.messages()) await this.#take(message);
      if (!this.#messages.wasClosed && !this.destroyed) throw new Error("the connection ended without being closed");
      this.push(null);
    } catch (cause) {
      this.destroy(cause instanceof ApiError ? cause : this.#broken(cause));
    }
  }

  async #take(message: Buffer): Promise<void> {
    const channel = message[0] ?? -1;
    const isFirst = !this.#begun.has(channel);
    this.#begun.add(channel);
    const data = message.subarray(isFirst ? 1 + PORT_BYTES : 1);
    if (data.length === 0) return;
    if (channel === CHANNEL.error) throw this.#refused(data.toString("utf8").trim());
    if (channel !== CHANNEL.data || this.push(data)) return;
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
    this.#goOn = undefined;
  }

  #refused(message: string): ApiError {
    const { attributes } = this.#request;
    return new ApiError(`${requestText(attributes, "portforward")}: port ${this.#port}: ${message}`, {
      code: 500,
      reason: "InternalError",
      serverMessage: message,
      attributes,
    });
  }

  #broken(cause: unknown): TransportError {
    const { attributes } = this.#request;
    const problem = cause instanceof Error ? cause.message : String(cause);
    return new TransportError(`${requestText(attributes, "portforward")}: port ${this.#port}: ${problem}`, {
      code: "BROKEN",
      sent: true,
      outcomeUnknown: true,
      attributes,
      cause,
    });
  }
}
