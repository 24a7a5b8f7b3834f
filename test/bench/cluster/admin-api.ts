import { Agent, request } from "node:https";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";

/** Requests at once; more of them made a server on two cores no faster. */
const SOCKETS = 32;

/** A plain JSON client of the cluster's administrator, for what the bench sets up. Not one of the subjects. */
export class AdminApi implements Disposable {
  readonly server: URL;
  readonly ca: string;
  readonly #agent: Agent;

  private constructor(server: URL, ca: string, agent: Agent) {
    this.server = server;
    this.ca = ca;
    this.#agent = agent;
  }

  /** @throws {Error} if the kubeconfig has no CA or no client certificate */
  static async open(kubeconfig: string): Promise<AdminApi> {
    const { config } = await loadTarget({ kubeconfig });
    const { ca, clientCertificate: cert, clientKey: key } = config;
    if (ca === undefined || cert === undefined || key === undefined) {
      throw new Error(`${kubeconfig}: the bench needs a kubeconfig with a CA and a client certificate`);
    }
    const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS, ca, cert, key });
    return new AdminApi(new URL(config.server), ca, agent);
  }

  /**
   * Sends one request.
   *
   * @param accepted statuses that are not an error, in addition to 2xx, such as 409 for existing objects
   */
  call<T>(method: string, path: string, body?: object, accepted: readonly number[] = []): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = text === undefined ? {} : { "content-type": "application/json" };
      const sent = request(new URL(path, this.server), { method, agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          const status = response.statusCode ?? 0;
          if (status < 300 || accepted.includes(status)) resolve(JSON.parse(answer) as T);
          else reject(new Error(`${method} ${path}: ${status} ${answer}`));
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
