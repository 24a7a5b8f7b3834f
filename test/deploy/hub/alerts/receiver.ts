// A real HTTP server on loopback that takes messages as a channel does, and answers as a test wants.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `undefined`: it never answers. */
export type Answer = { readonly status: number; readonly headers?: Record<string, string> } | undefined;

export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly url: string;
  readonly #server: Server;
  /** What it answers, one after the other; 200 when there is no more. */
  answers: Answer[] = [];
  /** Called when a message is there, before it is answered. */
  onMessage: (message: Received) => void = () => {};

  private constructor(server: Server, scheme: string) {
    this.#server = server;
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        const message = { url: request.url ?? "", headers: request.headers, body };
        this.received.push(message);
        this.onMessage(message);
        const answer = this.answers.length > 0 ? this.answers.shift() : { status: 200 };
        if (answer !== undefined) response.writeHead(answer.status, answer.headers).end("ok");
      });
    });
  }

  static async listen(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
    const server = tls === undefined ? createServer() : (createTlsServer(tls) as unknown as Server);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Receiver(server, tls === undefined ? "http" : "https");
  }

  /** Ids of the messages that came, in their order. */
  get ids(): string[] {
    return this.received.map(({ headers }) => String(headers["idempotency-key"]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
