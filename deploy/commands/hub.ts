import { formatDuration } from "../../runtime/job/duration.ts";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/references.ts";
import { findHub, reachHub } from "../hub/install/find-hub.ts";
import { bundleHub, hubManifests } from "../hub/install/hub-manifests.ts";
import { findHubObjects, removeHubObjects } from "../hub/install/hub-objects.ts";
import { describeHubRights, installHub } from "../hub/install/install-hub.ts";
import { testAlert } from "../hub/install/test-alert.ts";
import type { HubOptions } from "../hub/serve/hub-options.ts";
import { hubHealth, hubIncidents, resendMessage } from "../hub/serve/hub-source.ts";
import { connect, hubSettings } from "../project/load-config.ts";
import { type Channel, secretsOf } from "../settings/channels.ts";
import { DEFAULT_IMAGE } from "../settings/image.ts";
import { age, answer, field, table } from "../terminal/answer.ts";
import { confirm } from "../terminal/ask.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { INTERRUPTED_EXIT_CODE, untilSignal } from "../terminal/live.ts";
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

const ACTIONS = { install, status, alerts, "test-alert": tryAlert, remove };

/** Installs the hub, says how it is and what is wrong, or removes it. */
export async function hub(action: keyof typeof ACTIONS, flags: HubFlags): Promise<void> {
  await using cluster = await connect(flags);
  await ACTIONS[action](cluster, flags);
}

async function install(cluster: Cluster, flags: HubFlags): Promise<void> {
  const { client, namespace } = cluster;
  const { storage = { text: "1Gi", bytes: 2 ** 30 }, image = DEFAULT_IMAGE, dryRun = false, output } = flags;
  const options = { ...optionsOf(namespace, flags, storage), ...(await hubSettings(flags.env)) };
  const given = { namespace, image, options, storage: storage === "none" ? undefined : storage.text };
  const manifests = hubManifests({ ...given, bundle: await bundleHub() });
  const changes = await installHub(client, namespace, manifests, { dryRun });
  const value = { changes, options, ...(dryRun ? { manifests } : {}) };
  const rows = changes.map(({ object, change }) => [describeReference(object), change]);
  answer(output, value, () => table(["OBJECT", dryRun ? "WOULD BE" : "CHANGE"], rows));
  talk(describeHubRights(options));
  talk(describeChannels(options));
  talk(
    dryRun
      ? "Nothing was applied: this was a dry run. -o yaml shows every object in full."
      : `To see how it is: errand hub status -n ${namespace}; what it keeps: errand ui --hub-namespace ${namespace}, errand history --hub-namespace ${namespace}`,
  );
}

function optionsOf(
  namespace: string,
  { namespaces, selector, allNamespaces = false, allCronjobs = false, metrics = false, retention = AGE_MS }: HubFlags,
  storage: NonNullable<HubFlags["storage"]>,
): HubOptions {
  const places = [namespaces, selector, allNamespaces || undefined].filter((each) => each !== undefined);
  if (places.length > 1) throw new UsageError("--namespaces, --selector and -A exclude each other");
  const bytes = storage === "none" ? EPHEMERAL_BYTES : storage.bytes;
  return {
    ...(allNamespaces || selector !== undefined ? {} : { namespaces: namespaces ?? [namespace] }),
    ...(selector === undefined ? {} : { selector }),
    allCronJobs: allCronjobs,
    ...(metrics ? { metrics } : {}),
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

/** Whom it tells, and what of Secrets its pod has for that: nothing but the keys that are named. */
function describeChannels({ channels = {} }: { readonly channels?: Readonly<Record<string, Channel>> }): string {
  const names = Object.keys(channels);
  if (names.length === 0) return "It tells nobody: errand.config.ts has no hub.channels.";
  const keys = secretsOf(channels);
  const mounted = keys.length === 0 ? "" : ` Its pod has these keys of Secrets: ${keys.join(", ")}.`;
  return `It tells ${names.join(", ")} what is wrong.${mounted}`;
}

/** What is wrong, and what did not arrive; or sends that again. */
async function alerts({ client, namespace }: Cluster, { hubNamespace, resend, output }: HubFlags): Promise<void> {
  const deployment = await findHub(client, namespace, hubNamespace);
  const ask = await reachHub(client, deployment);
  if (resend !== undefined) {
    const { resent, why } = await resendMessage(ask, resend);
    if (resent === 0) {
      const problem =
        why === undefined ? `No message ${resend} waits to be sent` : `${resend} is not sent again: ${why}`;
      throw new UsageError(problem, { hint: "errand hub alerts lists them" });
    }
    answer(output, { resent }, () => field("sent again", resend));
    return;
  }
  const page = await hubIncidents(ask);
  const now = new Date();
  const { open, undelivered, channels } = page;
  const incidents = open.map((each) => [
    `${each.namespace}/${each.job}`,
    each.rule,
    `${age(each.since, now)} ago`,
    each.words,
  ]);
  const lost = undelivered.map(({ id, channel, state, problem = "" }) => [id, channel, state, problem]);
  answer(output, page, () =>
    [
      open.length === 0 ? "Nothing is wrong." : table(["JOB", "RULE", "SINCE", "WHAT IS WRONG"], incidents),
      ...(lost.length === 0 ? [] : ["", table(["NOT DELIVERED", "CHANNEL", "STATE", "WHY"], lost)]),
    ].join("\n"),
  );
  if (channels.length === 0) talk("Nobody is told: errand.config.ts had no hub.channels when the hub was installed.");
  if (lost.length > 0) talk("To send one again: errand hub alerts --resend ID");
}

/** Makes a run fail, and shows what came out where. */
async function tryAlert({ client, namespace }: Cluster, { hubNamespace, dryRun, output }: HubFlags): Promise<void> {
  if (dryRun) throw new UsageError("test-alert has no --dry-run: it makes a run fail");
  const deployment = await findHub(client, namespace, hubNamespace);
  const ask = await reachHub(client, deployment);
  const { options } = await hubHealth(ask);
  const hub = { client, deployment, options, incidents: () => hubIncidents(ask) };
  const test = await untilSignal(async (signal) => {
    try {
      return await testAlert(hub, signal, talk);
    } catch (error) {
      if (!signal.aborted || error instanceof CommandError) throw error;
      const hint = "Its job is removed. A channel that was told gets a message that it is over.";
      throw new CommandError("Stopped testing", { hint, exitCode: INTERRUPTED_EXIT_CODE });
    }
  });
  const rows = test.channels.map(({ channel, opened, resolved, problem = "" }) => [channel, opened, resolved, problem]);
  answer(output, test, () => table(["CHANNEL", "FAILED", "OVER", "WHY NOT"], rows));
  const silent = test.channels.filter(({ opened, resolved }) => opened !== "sent" || resolved !== "sent");
  if (silent.length === 0) return;
  throw new CommandError(`Not everything arrived at ${silent.map(({ channel }) => channel).join(", ")}`, {
    hint: "Put hub.channels or their Secrets right; errand hub alerts lists what the hub still tries to send.",
    exitCode: 1,
  });
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
