import { type Agent, request as sendRequest } from "node:https";
import type { CaseRequest, Sender } from "./case.ts";

/** An API server that cases run against. */
export interface ApiUnderTest {
  /** `https://host:port` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** What makes a request an administrator's: a bearer token, or a client certificate. */
  readonly admin: { readonly token: string } | { readonly certificate: string; readonly key: string };
  /** Keeps connections for later requests. Default: each request has one of its own. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Bearer tokens of the senders that are known by one. */
export type Tokens = ReadonlyMap<Sender, string>;

const STRANGERS_TOKEN = "a-token-that-nobody-issued";

/** Sends one request and reads the whole answer. */
export function send(api: ApiUnderTest, tokens: Tokens, { method, path, as = "admin", headers, body }: CaseRequest) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const certificate = as === "admin" && "key" in api.admin ? { cert: api.admin.certificate, key: api.admin.key } : {};
  return new Promise<Answer>((resolve, reject) => {
    const options = {
      method,
      agent: api.agent ?? false,
      ca: api.ca,
      ...certificate,
      headers: {
        accept: "application/json",
        "user-agent": "conformance",
        ...authorization(api, tokens, as),
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...headers,
      },
    };
    const outgoing = sendRequest(`${api.url}${path}`, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

function authorization(api: ApiUnderTest, tokens: Tokens, as: Sender): Record<string, string> {
  if (as === "anonymous") return {};
  const token =
    as === "stranger" ? STRANGERS_TOKEN : as === "admin" && "token" in api.admin ? api.admin.token : tokens.get(as);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
