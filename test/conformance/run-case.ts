import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type ApiUnderTest, send, type Tokens } from "./api.ts";
import type { CaseExpectation, CaseRequest, ConformanceCase, Sender } from "./case.ts";
import { findMismatches } from "./mismatches.ts";

const PAUSE_MS = 50;

/**
 * Makes the case's namespace with its service accounts, runs its steps, and takes the namespace away.
 *
 * @param patienceMs how long a step that changed nothing is made again while its answer is another one: a server of several parts hears of new roles
 *   a moment later, and a slow one may not tell all within the second of a watch
 */
export async function runCase(
  api: ApiUnderTest,
  { title, steps }: ConformanceCase,
  namespace: string,
  patienceMs = 0,
): Promise<void> {
  const tokens = await prepareNamespace(api, namespace);
  const words = new Map([["ns", namespace]]);
  try {
    for (const [index, { send: request, expect: expected, remember = {} }] of steps.entries()) {
      const answer = await answered(api, tokens, fill(request, words), fill(expected, words), patienceMs);
      verify(answer, fill(expected, words), `${title}: step ${index + 1}`);
      for (const [word, path] of Object.entries(remember)) words.set(word, read(answer, path));
    }
  } finally {
    await admin(api, { method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  }
}

async function answered(
  api: ApiUnderTest,
  tokens: Tokens,
  request: CaseRequest,
  expected: CaseExpectation,
  patienceMs: number,
): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await send(api, tokens, request);
    const isRead = request.method === "GET" || request.path.endsWith("reviews");
    const hasChanged = !isRead && answer.status !== 403;
    if (hasChanged || differencesOf(answer, expected).length === 0 || performance.now() > deadline) return answer;
    await sleep(PAUSE_MS);
  }
}

const ROLE = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "reader" },
  rules: [
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["allowed"], verbs: ["get"] },
  ],
};

const BINDING = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "reader" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
  subjects: [{ kind: "ServiceAccount", name: "reader" }],
};

async function prepareNamespace(api: ApiUnderTest, namespace: string): Promise<Tokens> {
  await created(api, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const core = `/api/v1/namespaces/${namespace}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const binding = { ...BINDING, subjects: [{ kind: "ServiceAccount", name: "reader", namespace }] };
  const tokens = new Map<Sender, string>();
  for (const name of ["nobody", "reader"] as const) {
    await created(api, `${core}/serviceaccounts`, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    tokens.set(name, read(await created(api, `${core}/serviceaccounts/${name}/token`, request), "status.token"));
  }
  await created(api, `${rbac}/roles`, ROLE);
  await created(api, `${rbac}/rolebindings`, binding);
  return tokens;
}

function admin(api: ApiUnderTest, request: CaseRequest): Promise<Answer> {
  return send(api, new Map(), request);
}

async function created(api: ApiUnderTest, path: string, body: object): Promise<Answer> {
  const answer = await admin(api, { method: "POST", path, body });
  verify(answer, { status: 201 }, `POST ${path}`);
  return answer;
}

/** Puts what is remembered in the place of `{word}`, in every text of a value. */
function fill<T>(value: T, words: ReadonlyMap<string, string>): T {
  if (typeof value === "string")
    return value.replace(/\{(\w+)\}/g, (text, word: string) => words.get(word) ?? text) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, words)) as T;
  if (typeof value !== "object" || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, words)])) as T;
}

function verify(answer: Answer, expected: CaseExpectation, step: string): void {
  const differences = differencesOf(answer, expected);
  if (differences.length > 0) throw new Error([step, ...differences, `answer: ${answer.text}`].join("\n"));
}

function differencesOf(answer: Answer, { status, body, lines, text, headers = {} }: CaseExpectation): string[] {
  return [
    ...findMismatches(answer.status, status, "status"),
    ...findMismatches(answer.headers, headers, "headers"),
    ...(text === undefined ? [] : findMismatches(answer.text, text, "text")),
    ...(lines === undefined ? [] : findMismatches(parseLines(answer.text), lines, "lines")),
    ...(body === undefined ? [] : findMismatches(parse(answer.text), body)),
  ];
}

/** Without bookmarks that only say how far the server is: how many of them come depends on the clock. */
function parseLines(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !(line.startsWith('{"type":"BOOKMARK"') && !line.includes('"annotations"')))
    .map(parse);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function read({ text }: Answer, path: string): string {
  let value: unknown = JSON.parse(text);
  for (const key of path.split(".")) value = (value as Record<string, unknown>)[key];
  return String(value);
}
