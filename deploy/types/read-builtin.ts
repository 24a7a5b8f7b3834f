import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import { type DiscoveredVersion, discover, type GetJson, publishedSchemas } from "./discovery.ts";
import { apiVersionOf, type Schemas } from "./schema.ts";

/** What a server says of the resources that it has by itself. */
export interface BuiltinDescription {
  readonly versions: readonly DiscoveredVersion[];
  readonly schemas: Schemas;
}

// The server marks so the groups that it brings along; those of custom resources say "true", and those of other servers nothing.
const OWN_GROUPS =
  "/apis/apiregistration.k8s.io/v1/apiservices?labelSelector=kube-aggregator.kubernetes.io%2Fautomanaged%3Donstart";

// The aggregator's own group has no entry in itself.
const AGGREGATOR_GROUP = "apiregistration.k8s.io";

/** Reads discovery and schemas of the built-in groups only, so that it does not matter what else is installed in a cluster. */
export async function readBuiltin(get: GetJson): Promise<BuiltinDescription> {
  const { items } = (await get(OWN_GROUPS)) as { readonly items: readonly KubeObject[] };
  const own = new Set([AGGREGATOR_GROUP, ...items.map(({ metadata }) => metadata?.name?.replace(/^[^.]+\./, ""))]);
  const versions = await discover(get, (group) => own.has(group));
  const apiVersions = versions.flatMap(({ group, version, resources }) => [
    apiVersionOf({ group, version }),
    ...resources.map((resource) => apiVersionOf({ group, version, ...resource })),
  ]);
  return { versions, schemas: await publishedSchemas(get, new Set(apiVersions)) };
}
