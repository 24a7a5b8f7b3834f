import { createHash, randomBytes } from "node:crypto";
import type { KubeRequest, KubeResponse } from "../requests/request.ts";

/** https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What asks a server to change to WebSocket, and to a protocol within it. */
export function handshakeHeaders(protocol: string): Readonly<Record<string, string>> {
  return {
    // The API server has nothing else to offer for a connection, and answers 406 to a request for JSON.
    accept: "*/*",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    "sec-websocket-version": "13",
    "sec-websocket-protocol": protocol,
  };
}

/**
 * Checks that an answer is the one to this very handshake, as a client must.
 * https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 *
 * @returns what is wrong with it; undefined where nothing is
 */
export function handshakeProblem(request: KubeRequest, { headers }: KubeResponse): string | undefined {
  const proof = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  if (headers["sec-websocket-accept"] !== proof) return "what answered is no WebSocket server, or answered another";
  if (headers["sec-websocket-extensions"]) return "the server uses an extension that was not asked for";
  const protocol = request.headers["sec-websocket-protocol"];
  return headers["sec-websocket-protocol"] === protocol ? undefined : `the server does not speak ${protocol}`;
}
