import type { Manifest } from "../../../deploy/manifests/manifest.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import { apiErrorOf } from "../../../runtime/kube/pipeline/answers.ts";
import { bodyText, type KubeRequest, type KubeResponse, type Send } from "../../../runtime/kube/requests/request.ts";

/** What a scripted server answers: an object, a Status with its code, or text. */
export type Answer = { readonly code?: number; readonly body: object | string };

/** Answers requests from a function, and keeps them. Errors are thrown as the real pipeline throws them. */
export function scriptedServer(answer: (request: KubeRequest) => Answer): { send: Send; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const send: Send = async (given) => {
    const text = bodyText(given);
    const request = text === undefined ? given : { ...given, body: text };
    requests.push(request);
    const { code = 200, body } = wholeAnswer(request, answer(request));
    const answered = typeof body === "string" ? body : JSON.stringify(body);
    const response = responseOf(code, answered);
    if (code >= 300) throw apiErrorOf(request, response, answered);
    return response;
  };
  return { send, requests };
}

/** Completes lists as a server writes them. Nobody may watch, unless the script says what a watch tells. */
function wholeAnswer(request: KubeRequest, answer: Answer): Answer {
  const { body } = answer;
  if (typeof body === "string") return answer;
  if (request.query.some(([name]) => name === "watch")) return FORBIDDEN;
  const { attributes } = request;
  if (!("items" in body) || attributes?.verb !== "list") return answer;
  const { kind } = findBuiltinResource(attributes);
  return { ...answer, body: { kind: `${kind}List`, apiVersion: "v1", metadata: { resourceVersion: "1" }, ...body } };
}

function findBuiltinResource({ group, resource }: { readonly group: string; readonly resource: string }) {
  const found = builtinCatalog.find(group === "" ? resource : `${resource}.${group}`);
  if (found === undefined) throw new Error(`${resource}.${group} is not built in`);
  return found;
}

/** What a watch tells: what is there, that this was all, and then these events. */
export function watchBody(there: readonly object[], events: readonly { type: string; object: object }[] = []): string {
  const metadata = { resourceVersion: "1", annotations: { "k8s.io/initial-events-end": "true" } };
  const lines = [
    ...there.map((object) => ({ type: "ADDED", object })),
    { type: "BOOKMARK", object: { metadata } },
    ...events,
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
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

export const FORBIDDEN: Answer = {
  code: 403,
  body: { kind: "Status", code: 403, reason: "Forbidden", message: "forbidden" },
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
  const { send, requests } = scriptedServer(({ method, path, query, body }) => {
    const refusal = refuse(path, method);
    if (refusal !== undefined) return refusal;
    const found = stored.get(path);
    if (method === "PATCH") {
      const object = JSON.parse(String(body)) as Manifest;
      clock += 1;
      const metadata = {
        ...object.metadata,
        uid: path,
        resourceVersion: "1",
        creationTimestamp: new Date(clock * 1_000).toISOString(),
      };
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
  return { client: clientOver(send, { namespace: "default" }), requests, stored };
}
