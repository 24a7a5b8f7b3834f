import { formatDuration } from "../../runtime/job/duration.ts";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/references.ts";
import { findHub, reachHub } from "../hub/install/find-hub.ts";
import { bundleHub } from "../hub/install/hub-bundle.ts";
import { hubManifests } from "../hub/install/hub-manifests.ts";
import { findHubObjects, removeHubObjects } from "../hub/install/hub-objects.ts";
import { describeHubRights, installHub } from "../hub/install/install-hub.ts";
import type { HubOptions } from "../hub/serve/hub-options.ts";
import { hubHealth } from "../hub/serve/hub-source.ts";
import { connect } from "../project/load-config.ts";
import { DEFAULT_IMAGE } from "../settings/image.ts";
import { age, answer, field, table } from "../terminal/answer.ts";
import { confirm } from "../terminal/ask.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { HUB } from "./declared/hub.ts";

type HubFlags = FlagsOf<typeof HUB>;

/** Runs take about 2 KB each, and their logs up to some more: so many fit into the default claim many times over. */
const RUNS_MAX = 500_000;
/** Of the claim; the rest is for SQLite's own log and for what is not yet cleaned up. */
const STORAGE_SHARE = 0.8;
/** Without a claim, in the node's own storage. */
const EPHEMERAL_BYTES = 512 * 2 ** 20;
const AGE_MS = 90 * 86_400_000;

const ACTIONS = { install, status, remove };

/** Installs the hub, says how it is, or removes it. */
export async function hub(action: keyof typeof ACTIONS, flags: HubFlags): Promise<void> {
  await using cluster = await connect(flags);
  await ACTIONS[action](cluster, flags);
}

async function install(cluster: Cluster, flags: HubFlags): Promise<void> {
  const { client, namespace } = cluster;
  const { storage = { text: "1Gi", bytes: 2 ** 30 }, image = DEFAULT_IMAGE, dryRun = false, output } = flags;
  const options = optionsOf(namespace, flags, storage);
  const given = { namespace, image, options, storage: storage === "none" ? undefined : storage.text };
  const manifests = hubManifests({ ...given, bundle: await bundleHub() });
  const changes = await installHub(client, namespace, manifests, { dryRun });
  const value = { changes, options, ...(dryRun ? { manifests } : {}) };
  const rows = changes.map(({ object, change }) => [describeReference(object), change]);
  answer(output, value, () => table(["OBJECT", dryRun ? "WOULD BE" : "CHANGE"], rows));
  talk(describeHubRights(options));
  talk(
    dryRun
      ? "Nothing was applied: this was a dry run. -o yaml shows every object in full."
      : `To see how it is: errand hub status -n ${namespace}; what it keeps: errand ui --hub, errand history --hub`,
  );
}

function optionsOf(
  namespace: string,
  { namespaces, selector, allNamespaces = false, allCronjobs = false, retention = AGE_MS }: HubFlags,
  storage: NonNullable<HubFlags["storage"]>,
): HubOptions {
  const places = [namespaces, selector, allNamespaces || undefined].filter((each) => each !== undefined);
  if (places.length > 1) throw new UsageError("--namespaces, --selector and -A exclude each other");
  const bytes = storage === "none" ? EPHEMERAL_BYTES : storage.bytes;
  return {
    ...(allNamespaces || selector !== undefined ? {} : { namespaces: namespaces ?? [namespace] }),
    ...(selector === undefined ? {} : { selector }),
    allCronJobs: allCronjobs,
    ageMs: retention,
    count: RUNS_MAX,
    bytes: Math.floor(bytes * STORAGE_SHARE),
  };
}

async function status({ client, namespace }: Cluster, { hubNamespace, output }: HubFlags): Promise<void> {
  const deployment = await findHub(client, namespace, hubNamespace);
  const place = deployment.metadata.namespace ?? "";
  const health = await hubHealth(await reachHub(client, deployment));
  const now = new Date();
  const { options, runs, jobs, gaps, bytes, memoryBytes, cameAt, seenAt } = health;
  const watches = options.namespaces?.join(", ") ?? (options.selector ? `namespaces with ${options.selector}` : "all");
  answer(output, { namespace: place, ...health }, () =>
    [
      field("hub", `${place}/${deployment.metadata.name}, since ${cameAt}`),
      field("watches", `${watches}${options.allCronJobs ? ", every CronJob" : ", jobs of errand"}`),
      field("seen", `${age(seenAt, now)} ago`),
      field("keeps", `${runs} runs of ${jobs} jobs, ${mebibytes(bytes)} of ${mebibytes(options.bytes)}`),
      field("retention", `${formatDuration(options.ageMs)}, ${options.count} runs`),
      field("gaps", gaps === 0 ? "none" : `${gaps}: errand history --hub says when`),
      field("memory", mebibytes(memoryBytes)),
    ].join("\n"),
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

async function remove(cluster: Cluster, flags: HubFlags): Promise<void> {
  const { client, namespace } = cluster;
  const { data = false, dryRun = false, yes = false, output } = flags;
  const objects = await findHubObjects(client, namespace, { withData: data });
  if (objects.length === 0) throw new UsageError(`Namespace "${namespace}" has no hub`);
  const rows = objects.map(({ reference }) => [describeReference(reference), "removed"]);
  const value = objects.map(({ reference }) => reference);
  if (dryRun) {
    answer(output, value, () => table(["OBJECT", "WOULD BE"], rows));
    talk("Nothing was removed: this was a dry run.");
    return;
  }
  if (!yes) {
    for (const [object = ""] of rows) talk(object);
    const what = data ? "with everything that it has kept, " : "";
    if (!(await confirm(`Remove the hub, ${what}from context ${cluster.context}?`))) return;
  }
  const left = await removeHubObjects(client, objects);
  if (left.length > 0) {
    throw new CommandError(`Not removed, since you may not: ${left.map(describeReference).join(", ")}`);
  }
  answer(output, value, () => table(["OBJECT", "CHANGE"], rows));
  if (!data)
    talk(
      `What it has kept stays in its claim, for the next one. To remove that too: errand hub remove --data -n ${namespace}`,
    );
}
