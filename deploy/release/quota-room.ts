import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import type { Returned } from "../../runtime/kube/surface/objects.ts";
import { toNumber } from "../../runtime/kube/values/quantity.ts";
import { unlessForbidden } from "../cluster/connect.ts";
import { builtinOf } from "../cluster/references.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../terminal/command-error.ts";

type QuotaObject = Returned<BuiltinObjects["resourcequotas"]>;

/**
 * Refuses new objects of which a quota has room for one, and not for all. A dry run cannot say so: it asks for each object alone, as if it were the only one.
 * Who may not read quotas goes on without it.
 *
 * @throws {CommandError} that says what is missing in which quota
 */
export async function refuseWithoutRoom(client: KubeClient, created: readonly Manifest[]): Promise<void> {
  const crowded = countByNamespace(created);
  const lacks = await Promise.all(
    [...crowded].map(async ([namespace, counts]) => {
      const quotas = await unlessForbidden(client.kube.inNamespace(namespace).resourcequotas.list().toArray(), []);
      return quotas.flatMap((quota) => lacksOf(quota, namespace, counts));
    }),
  );
  const [first, ...more] = lacks.flat();
  if (first === undefined) return;
  throw new CommandError(`${[first, ...more].join("; ")}: nothing was applied`, {
    hint: "Ask for a larger quota, remove what is no longer needed (errand remove JOB), or deploy fewer jobs.",
    exitCode: TRY_LATER_EXIT_CODE,
  });
}

/** Only what there is more than one of: one alone was tried. */
function countByNamespace(created: readonly Manifest[]): Map<string, ReadonlyMap<string, number>> {
  const byNamespace = new Map<string, ReadonlyMap<string, number>>();
  const inNamespaces = created.filter(({ metadata }) => metadata.namespace !== undefined);
  for (const [namespace = "", manifests] of Map.groupBy(inNamespaces, ({ metadata }) => metadata.namespace)) {
    const byResource = Map.groupBy(manifests, (manifest) => resourceWordOf(manifest));
    const several = [...byResource]
      .map(([word, each]) => [word, each.length] as const)
      .filter(([, count]) => count > 1);
    if (several.length > 0) byNamespace.set(namespace, new Map(several));
  }
  return byNamespace;
}

/** `configmaps`, `roles.rbac.authorization.k8s.io`: as quotas name what they count. */
function resourceWordOf(manifest: Manifest): string {
  const { group, resource } = builtinOf(manifest);
  return group === "" ? resource : `${resource}.${group}`;
}

/** What counts objects. https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count */
function lacksOf({ metadata, status }: QuotaObject, namespace: string, counts: ReadonlyMap<string, number>): string[] {
  return Object.entries(status?.hard ?? {}).flatMap(([key, hard]) => {
    const needed = counts.get(key.replace(/^count\//, ""));
    const used = status?.used?.[key] ?? "0";
    const room = Math.max(0, toNumber(hard) - toNumber(used));
    if (needed === undefined || room >= needed) return [];
    return [
      `Quota "${metadata.name}" in namespace "${namespace}" has room for ${room} more ${key}, but ${needed} are needed (${used} of ${hard} used)`,
    ];
  });
}
