// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

import type { Env, Hono } from "hono";
import { apiVersionOf } from "../../kube/requests/resource.ts";
import type { ResourceTable, ServedResource } from "../objects/resource-table.ts";

/** The version of Kubernetes that the embedded API imitates. */
const KUBERNETES_VERSION = {
  major: "1",
  minor: "37",
  gitVersion: "v1.37.2+errand-embedded",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: `${process.platform}/${process.arch}`,
} as const;

const AGGREGATED_MEDIA_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const HEALTH_PATHS = ["/healthz", "/livez", "/readyz"];

export function addDiscoveryRoutes<E extends Env>(app: Hono<E>, table: ResourceTable): void {
  for (const path of HEALTH_PATHS) app.get(path, (context) => context.text("ok"));
  app.get("/version", (context) => context.json(KUBERNETES_VERSION));
  app.get("/api", (context) => {
    if (wantsAggregated(context.req.header("accept"))) return aggregatedAnswer(table, true);
    return context.json(coreVersions(new URL(context.req.url).host));
  });
  app.get("/apis", (context) => {
    if (wantsAggregated(context.req.header("accept"))) return aggregatedAnswer(table, false);
    return context.json(groupList(table));
  });
  app.get("/api/:version", (context) => {
    const found = resourceList(table, "", context.req.param("version"));
    return found ? context.json(found) : context.notFound();
  });
  app.get("/apis/:group", (context) => {
    const found = oneGroup(table, context.req.param("group"));
    return found ? context.json(found) : context.notFound();
  });
  app.get("/apis/:group/:version", (context) => {
    const found = resourceList(table, context.req.param("group"), context.req.param("version"));
    return found ? context.json(found) : context.notFound();
  });
}

function aggregatedAnswer(table: ResourceTable, core: boolean): Response {
  return new Response(JSON.stringify(aggregated(table, core)), { headers: { "content-type": AGGREGATED_MEDIA_TYPE } });
}

/** True for a client that accepts aggregated discovery. */
function wantsAggregated(accept: string | undefined): boolean {
  return (accept ?? "").split(",").some((part) => {
    const parameters = part.split(";").map((text) => text.trim());
    return parameters.includes("as=APIGroupDiscoveryList") && parameters.includes("v=v2");
  });
}

/** `GET /api` */
function coreVersions(serverAddress: string): object {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

function groupEntry(name: string, versions: readonly string[]): object {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** `GET /apis` */
function groupList(table: ResourceTable): object {
  const groups = [...table.groups].map(([name, versions]) => groupEntry(name, versions));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

/** `GET /apis/GROUP`; undefined for a group that is not served. */
function oneGroup(table: ResourceTable, name: string): object | undefined {
  const versions = table.groups.get(name);
  return versions && { kind: "APIGroup", apiVersion: "v1", ...groupEntry(name, versions) };
}

/** `GET /api/v1` and `GET /apis/GROUP/VERSION`; undefined for a version that is not served. */
function resourceList(table: ResourceTable, group: string, version: string): object | undefined {
  const resources = table.all.filter((info) => info.group === group && info.version === version);
  if (resources.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(describe),
  };
}

function describe(info: ServedResource): object[] {
  const { resource, namespaced, kind, verbs, shortNames } = info;
  const short = shortNames?.length ? { shortNames } : {};
  const main = { name: resource, singularName: kind.toLowerCase(), namespaced, kind, verbs, ...short };
  const parts = Object.entries(info.subresources).map(([name, partVerbs]) => ({
    name: `${resource}/${name}`,
    singularName: "",
    namespaced,
    kind,
    verbs: partVerbs,
  }));
  return [main, ...parts];
}

/** `GET /api` or `GET /apis` with every resource in one answer. */
function aggregated(table: ResourceTable, core: boolean): object {
  const groups = core ? new Map([["", ["v1"]]]) : table.groups;
  const items = [...groups].map(([name, versions]) => ({
    metadata: { name },
    versions: versions.map((version) => ({
      version,
      resources: table.all.filter((info) => info.group === name && info.version === version).map(describeAggregated),
      freshness: "Current",
    })),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function describeAggregated(info: ServedResource): object {
  const { kind, resource, namespaced, verbs, subresources, shortNames } = info;
  // Empty if group and version are those of the entry.
  const responseKind = { group: "", version: "", kind };
  const parts = Object.entries(subresources).map(([name, partVerbs]) => ({
    subresource: name,
    responseKind,
    verbs: partVerbs,
  }));
  return {
    resource,
    responseKind,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.toLowerCase(),
    verbs,
    ...(shortNames?.length ? { shortNames } : {}),
    ...(parts.length > 0 ? { subresources: parts } : {}),
  };
}
