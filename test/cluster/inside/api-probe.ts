import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { NETWORK, NODE_NAME } from "./layout.ts";
import { pkiFile } from "./pki.ts";

const REQUEST_LIMIT_MS = 5_000;

interface NodeStatus {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Asks the API server how far the start is. */
export class ApiProbe {
  readonly #credentials: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };

  private constructor(credentials: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer }) {
    this.#credentials = credentials;
  }

  /** Reads the administrator's certificate, which must exist by now. */
  static async open(): Promise<ApiProbe> {
    const [ca, cert, key] = await Promise.all([
      readFile(pkiFile("ca", "crt")),
      readFile(pkiFile("admin", "crt")),
      readFile(pkiFile("admin", "key")),
    ]);
    return new ApiProbe({ ca, cert, key });
  }

  /** @returns whether the API server serves everything it will serve */
  async isServerReady(): Promise<boolean> {
    return (await this.#get("/readyz")) !== undefined;
  }

  /** @returns whether the node takes pods */
  async isNodeReady(): Promise<boolean> {
    const body = await this.#get(`/api/v1/nodes/${NODE_NAME}`);
    if (body === undefined) return false;
    const { status } = JSON.parse(body) as NodeStatus;
    return status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  }

  /** @returns whether pods can be created in the namespace `default`: the controllers have made its service account */
  async hasDefaultServiceAccount(): Promise<boolean> {
    return (await this.#get("/api/v1/namespaces/default/serviceaccounts/default")) !== undefined;
  }

  /** Not answering and answering with an error are the same here: it is not that far yet. */
  #get(path: string): Promise<string | undefined> {
    const { nodeAddress: host, apiPort: port } = NETWORK;
    return new Promise((resolve) => {
      const call = request({ host, port, path, ...this.#credentials, timeout: REQUEST_LIMIT_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", () => resolve(undefined));
        response.on("end", () =>
          resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString("utf8") : undefined),
        );
      });
      call.on("timeout", () => call.destroy());
      call.on("error", () => resolve(undefined));
      call.end();
    });
  }
}
