import type { Manifest } from "../../../deploy/manifests/manifest.ts";
import type { KubeRequest, KubeResponse, Send } from "../../../runtime/kube/request.ts";
import { apiErrorOf } from "../../../runtime/kube/steps/status-errors.ts";

/** What a scripted server answers: an object, or a Status with its code. */
export type Answer = { readonly code?: number; readonly body: object };

/** Answers requests from a function, and keeps them. Errors are thrown as the real pipeline throws them. */
export function scriptedServer(answer: (request: KubeRequest) => Answer): { send: Send; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const send: Send = async (request) => {
    requests.push(request);
    const { code = 200, body } = answer(request);
    const response = responseOf(code, JSON.stringify(body));
    if (code >= 300) throw apiErrorOf(request, response, JSON.stringify(body));
    return response;
  };
  return { send, requests };
}

function responseOf(status: number, text: string): KubeResponse {
  const body = {
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text);
    },
    text: () => Promise.resolve(text),
    dump: () => Promise.resolve(),
  };
  return { status, headers: { "content-type": "application/json" }, body };
}

export const NOT_FOUND: Answer = {
  code: 404,
  body: { kind: "Status", code: 404, reason: "NotFound", message: "not found" },
};

/** A server that keeps what is applied, as a namespace without webhooks would. */
export function applyServer(refuse: (request: KubeRequest) => Answer | undefined = () => undefined) {
  const stored = new Map<string, Manifest>();
  const server = scriptedServer((request) => {
    const refusal = refuse(request);
    if (refusal !== undefined) return refusal;
    const found = stored.get(request.path);
    if (request.method === "GET") return found === undefined ? NOT_FOUND : { body: found };
    const applied = JSON.parse(request.body ?? "") as Manifest;
    if (!request.query.some(([name]) => name === "dryRun")) stored.set(request.path, applied);
    return { body: applied };
  });
  return { ...server, stored };
}
