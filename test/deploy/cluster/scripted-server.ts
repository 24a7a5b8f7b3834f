import { clusterApi } from "../../../deploy/cluster/cluster-api.ts";
import type { Manifest } from "../../../deploy/manifests/manifest.ts";
import { apiErrorOf } from "../../../runtime/kube/pipeline/answers.ts";
import type { KubeRequest, KubeResponse, Send } from "../../../runtime/kube/requests/request.ts";

/** What a scripted server answers: an object, a Status with its code, or text. */
export type Answer = { readonly code?: number; readonly body: object | string };

/** Answers requests from a function, and keeps them. Errors are thrown as the real pipeline throws them. */
export function scriptedServer(answer: (request: KubeRequest) => Answer): { send: Send; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const send: Send = async (request) => {
    requests.push(request);
    const { code = 200, body } = answer(request);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = responseOf(code, text);
    if (code >= 300) throw apiErrorOf(request, response, text);
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
    const applied = JSON.parse(String(request.body)) as Manifest;
    if (!request.query.some(([name]) => name === "dryRun")) stored.set(request.path, applied);
    return { body: applied };
  });
  return { ...server, stored };
}

/** A server that also lists by label and deletes, and makes each object a second younger than the one before. */
export function storeServer(refuse: (path: string, method: string) => Answer | undefined = () => undefined) {
  const stored = new Map<string, Manifest>();
  let clock = 0;
  const { send } = scriptedServer(({ method, path, query, body }) => {
    const refusal = refuse(path, method);
    if (refusal !== undefined) return refusal;
    const found = stored.get(path);
    if (method === "PATCH") {
      const object = JSON.parse(String(body)) as Manifest;
      clock += 1;
      const metadata = { ...object.metadata, creationTimestamp: new Date(clock * 1_000).toISOString() };
      if (!query.some(([name]) => name === "dryRun")) stored.set(path, { ...object, metadata });
      return { body: object };
    }
    if (method === "DELETE") {
      stored.delete(path);
      return { body: {} };
    }
    if (found !== undefined) return { body: found };
    const selector = query.find(([name]) => name === "labelSelector")?.[1];
    return selector === undefined ? NOT_FOUND : { body: { items: listed(path, selector) } };
  });

  function listed(path: string, selector: string): Manifest[] {
    const wanted = selector.split(",").map((term) => term.split("="));
    const resource = path.slice(path.lastIndexOf("/") + 1);
    return [...stored]
      .filter(([key]) => (path.includes("/namespaces/") ? key.startsWith(`${path}/`) : key.includes(`/${resource}/`)))
      .map(([, object]) => object)
      .filter(({ metadata }) => wanted.every(([label = "", value]) => metadata.labels[label] === value));
  }
  return { api: clusterApi(send), stored };
}
