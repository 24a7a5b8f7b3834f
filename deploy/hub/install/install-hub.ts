import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { KubeObject } from "../../../runtime/kube/surface/objects.ts";
import { describeReference, referenceOf } from "../../cluster/references.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { applyManifests } from "../../release/apply.ts";
import type { Change } from "../../release/try-manifests.ts";
import { CommandError } from "../../terminal/command-error.ts";
import type { HubOptions } from "../serve/hub-options.ts";
import { HUB_RULES } from "./hub-manifests.ts";
import { findHubObjects, removeHubObjects } from "./hub-objects.ts";

/**
 * Applies a hub: first the API server validates every object in a dry run, then they are applied, and what an earlier one had and this one has not is removed. The
 * claim with what was kept is never removed here.
 *
 * @throws {CommandError} as a deploy does; and where rights are left that this person may not remove
 */
export async function installHub(
  client: KubeClient,
  namespace: string,
  manifests: readonly Manifest[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<Change[]> {
  const changes = await applyManifests(client, manifests, { dryRun });
  const wanted = new Set(manifests.map((manifest) => describeReference(referenceOf(manifest as KubeObject))));
  const all = await findHubObjects(client, namespace, { withData: false });
  const stale = all.filter(({ reference }) => !wanted.has(describeReference(reference)));
  const left = dryRun ? [] : await removeHubObjects(client, stale);
  if (left.length > 0) {
    throw new CommandError(
      `The hub is installed, and keeps what you may not remove: ${left.map(describeReference).join(", ")}`,
      {
        hint: "Ask an administrator to run the same command.",
      },
    );
  }
  return [...changes, ...stale.map(({ reference }): Change => ({ object: reference, change: "removed" }))];
}

/** What the hub may read, and where: in words. */
export function describeHubRights({ namespaces, selector, allCronJobs }: HubOptions): string {
  const rights = HUB_RULES.map(({ resources, verbs }) => `${verbs.join(" and ")} ${resources.join(" and ")}`).join(
    "; ",
  );
  const place =
    namespaces !== undefined
      ? `namespace${namespaces.length === 1 ? "" : "s"} ${namespaces.join(", ")}`
      : "every namespace of the cluster";
  const lines = [
    `In ${place} the hub may ${rights}.`,
    "It may write nothing, and read no Secret and no ConfigMap.",
    allCronJobs ? "It watches every CronJob." : "It watches the jobs of errand. --all-cronjobs watches every CronJob.",
  ];
  if (selector === undefined) return lines.join("\n");
  return [
    ...lines,
    `It keeps runs of namespaces with ${selector}, which it looks for by list and watch of namespaces.`,
  ].join("\n");
}
