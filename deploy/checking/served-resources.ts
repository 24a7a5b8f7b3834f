import type { AccessRule } from "../../runtime/job/access.ts";
import { readJson } from "../../runtime/kube/decode/json.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { Send } from "../../runtime/kube/request.ts";

interface ServedResource {
  readonly name: string;
  readonly verbs: readonly string[];
}

/**
 * Finds what a job declares and this API server does not serve, custom resources too: a Role may name anything, and nobody would be told.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#api-discovery
 *
 * @returns one line for each problem
 */
export async function findUnserved(send: Send, rules: readonly AccessRule[]): Promise<string[]> {
  const resources = rules.filter(({ path }) => path === undefined);
  const versions = new Map<string, Promise<readonly ServedResource[] | undefined>>();
  const problems = await Promise.all(
    resources.map(async (rule) => {
      const key = `${rule.group}/${rule.version ?? ""}`;
      const served = versions.get(key) ?? resourcesOf(send, rule);
      versions.set(key, served);
      return problemOf(rule, await served);
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

function problemOf(rule: AccessRule, served: readonly ServedResource[] | undefined): string | undefined {
  const { key, group, resource, subresource, verbs } = rule;
  if (served === undefined) return `${key}: this API server has no API group "${group}"`;
  const name = subresource === undefined ? resource : `${resource}/${subresource}`;
  const found = served.find((each) => each.name === name);
  if (found === undefined) return `${key}: this API server does not serve it`;
  const unknown = verbs.filter((verb) => !found.verbs.includes(verb));
  return unknown.length === 0 ? undefined : `${key}: this API server knows no ${unknown.join(", ")} for it`;
}

/** Undefined where there is no such group. A custom resource is looked for in the version that the server prefers. */
async function resourcesOf(send: Send, { group, version }: AccessRule): Promise<readonly ServedResource[] | undefined> {
  try {
    if (group === "") return await resourcesAt(send, `/api/${version ?? "v1"}`);
    const wanted = version ?? (await preferredVersion(send, group));
    return await resourcesAt(send, `/apis/${encodeURIComponent(group)}/${wanted}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

async function preferredVersion(send: Send, group: string): Promise<string> {
  const { preferredVersion: preferred } = await getJson<{ preferredVersion: { version: string } }>(
    send,
    `/apis/${encodeURIComponent(group)}`,
  );
  return preferred.version;
}

async function resourcesAt(send: Send, path: string): Promise<readonly ServedResource[]> {
  return (await getJson<{ resources: readonly ServedResource[] }>(send, path)).resources;
}

/** Reads a path that is no resource. */
export async function getJson<T>(send: Send, path: string): Promise<T> {
  return readJson<T>(await send({ method: "GET", path, query: [], headers: { accept: "application/json" } }));
}
