import type { AccessRule } from "../../../runtime/job/access.ts";
import { readJson, type Send } from "../../../runtime/kube/requests/request.ts";
import { OUTCOMES } from "../../../runtime/run/report/outcome.ts";

/** Why a job could not be deployed, or would not run. */
export interface Problem {
  readonly text: string;
  /** What the command ends with where there is nothing worse. */
  readonly exitCode: number;
}

/** One request tells everything, and which groups are stale: the server that answers for them is away, and others are served all the same. */
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

interface GroupDocument {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly ServedVersion[];
  }[];
}

interface ServedVersion {
  readonly version: string;
  readonly freshness?: string;
  readonly resources?: readonly ServedResource[];
}

interface ServedResource {
  readonly resource: string;
  readonly verbs?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string; readonly verbs?: readonly string[] }[];
}

/**
 * Finds what a job declares and this API server does not serve, custom resources too: a Role may name anything, and nobody would be told.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export async function findUnserved(send: Send, rules: readonly AccessRule[]): Promise<Problem[]> {
  const resources = rules.filter(({ path }) => path === undefined);
  const roots = [...new Set(resources.map(rootOf))];
  const documents = await Promise.all(roots.map((root) => getJson<GroupDocument>(send, root, AGGREGATED)));
  return resources
    .map((rule) => problemOf(rule, documents[roots.indexOf(rootOf(rule))]))
    .filter((problem) => problem !== undefined);
}

function rootOf({ group }: AccessRule): string {
  return group === "" ? "/api" : "/apis";
}

function problemOf(rule: AccessRule, document: GroupDocument | undefined): Problem | undefined {
  const { key, group, version, resource, subresource, verbs } = rule;
  const problem = (text: string, { exitCode } = OUTCOMES.invalid as { readonly exitCode: number }) => ({
    text: `${key}: ${text}`,
    exitCode,
  });
  const served = document?.items?.find(({ metadata }) => (metadata?.name ?? "") === group)?.versions;
  if (served === undefined) return problem(`this API server has no API group "${group}"`);
  const versions = version === undefined ? served : served.filter((each) => each.version === version);
  const found = versions.flatMap(({ resources = [] }) => resources).find((each) => each.resource === resource);
  if (found === undefined && versions.some(({ freshness }) => freshness === "Stale")) {
    const see = `kubectl get apiservices | grep ${group}`;
    return problem(
      `the API group ${group} is not available right now, its own server is away: ${see}`,
      OUTCOMES.unreachable,
    );
  }
  const part =
    subresource === undefined ? found : found?.subresources?.find((each) => each.subresource === subresource);
  if (part === undefined) return problem("this API server does not serve it");
  const unknown = verbs.filter((verb) => !(part.verbs ?? []).includes(verb));
  return unknown.length === 0 ? undefined : problem(`this API server knows no ${unknown.join(", ")} for it`);
}

/** Reads a path that is no resource. */
export async function getJson<T>(send: Send, path: string, accept = "application/json"): Promise<T> {
  return readJson<T>(await send({ method: "GET", path, query: [], headers: { accept } }));
}
