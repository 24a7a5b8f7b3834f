import { defineJob, type ObjectOf, quantity, type Returned } from "errand";
import { z } from "zod";

type Pod = Returned<ObjectOf<"pods">>;

/** Resource name, such as `cpu` or `nvidia.com/gpu` → quantity. */
type Amounts = Record<string, string>;

interface Group {
  pods: number;
  running: number;
  restarts: number;
  requests: Amounts;
  limits: Amounts;
  /** Image → how many containers use it. */
  images: Record<string, number>;
}

const params = z.strictObject({
  groupBy: z.enum(["owner", "namespace"]).default("owner").describe("What one row of the table is about"),
  labelSelector: z.string().default("").describe("Only pods and workloads with these labels, such as team=web"),
  table: z.boolean().default(true).describe("Also log the groups as a table; the result is JSON either way"),
});

export default defineJob({
  description: "Counts workloads, images, restarts, requests and limits",
  params,
  access: {
    pods: ["list"],
    deployments: ["list"],
    replicasets: ["list"],
    statefulsets: ["list"],
    daemonsets: ["list"],
    jobs: ["list"],
    cronjobs: ["list"],
  },
  timeout: "5m",
  async run({ kube, params: { groupBy, labelSelector, table }, log, progress }) {
    const selected = labelSelector === "" ? {} : { labelSelector };
    const workloads: Record<string, number> = {};
    for (const resource of ["deployments", "statefulsets", "daemonsets", "jobs", "cronjobs"] as const) {
      workloads[resource] = await count(kube[resource].list(selected));
    }

    // Not selected by label: what stands between a pod and its workload seldom has the workload's labels.
    const ownerByUid = await readOwners([kube.replicasets.list(), kube.jobs.list()]);
    const groups = new Map<string, Group>();
    const total = emptyGroup();
    const phases: Record<string, number> = {};
    for await (const pod of kube.pods.list(selected)) {
      const name = groupBy === "owner" ? ownerOf(pod, ownerByUid) : pod.metadata.namespace;
      const group = groups.get(name) ?? emptyGroup();
      groups.set(name, group);
      addPod(group, pod);
      addPod(total, pod);
      const phase = pod.status.phase ?? "Unknown";
      phases[phase] = (phases[phase] ?? 0) + 1;
      progress({ pods: total.pods });
    }

    const sorted = [...groups].sort(([left], [right]) => left.localeCompare(right));
    if (table) for (const line of formatTable(groupBy, [...sorted, ["TOTAL", total]])) log.info(line);
    return { workloads, phases, groups: Object.fromEntries(sorted), total };
  },
});

async function count(list: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const _ of list) found++;
  return found;
}

/** The owners of pods' owners: a ReplicaSet's Deployment, a Job's CronJob. */
async function readOwners(lists: readonly AsyncIterable<Pick<Pod, "metadata">>[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const list of lists) {
    for await (const { metadata } of list) {
      const owner = controllerOf(metadata);
      if (owner !== undefined) owners.set(metadata.uid, `${owner.kind}/${owner.name}`);
    }
  }
  return owners;
}

function controllerOf({ ownerReferences }: Pod["metadata"]) {
  return ownerReferences?.find((reference) => reference.controller);
}

function ownerOf({ metadata }: Pod, ownerByUid: ReadonlyMap<string, string>): string {
  const owner = controllerOf(metadata);
  if (owner === undefined) return `Pod/${metadata.name}`;
  return ownerByUid.get(owner.uid) ?? `${owner.kind}/${owner.name}`;
}

function emptyGroup(): Group {
  return { pods: 0, running: 0, restarts: 0, requests: {}, limits: {}, images: {} };
}

function addPod(group: Group, pod: Pod): void {
  const { spec, status } = pod;
  group.pods++;
  if (status.phase === "Running") group.running++;
  for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    group.restarts += restartCount;
  }
  for (const { image = "none" } of [...(spec.initContainers ?? []), ...spec.containers]) {
    group.images[image] = (group.images[image] ?? 0) + 1;
  }
  // A finished pod uses nothing.
  if (status.phase === "Succeeded" || status.phase === "Failed") return;
  group.requests = sum(group.requests, amountsOf(pod, "requests"));
  group.limits = sum(group.limits, amountsOf(pod, "limits"));
}

/**
 * What the scheduler and quotas count for a pod: its containers and sidecars together, or an init container with the sidecars before it if that is more; or what the
 * pod declares as a whole; plus the overhead of its runtime class.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
function amountsOf({ spec }: Pod, field: "requests" | "limits"): Amounts {
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const needed = sum(sidecars, container.resources?.[field]);
    if (container.restartPolicy === "Always") sidecars = needed;
    starting = combine(starting, needed, larger);
  }
  const running = spec.containers.reduce((amounts, container) => sum(amounts, container.resources?.[field]), sidecars);
  const amounts = { ...combine(running, starting, larger), ...spec.resources?.[field] };
  if (field === "requests") return sum(amounts, spec.overhead);
  // No limit plus an overhead is still no limit.
  return sum(amounts, Object.fromEntries(Object.entries(spec.overhead ?? {}).filter(([name]) => name in amounts)));
}

function sum(left: Amounts, right?: Amounts): Amounts {
  return combine(left, right, quantity.add);
}

function combine(left: Amounts, right: Amounts = {}, join: (left: string, right: string) => string): Amounts {
  const joined = { ...left };
  for (const [name, amount] of Object.entries(right)) {
    const present = joined[name];
    joined[name] = present === undefined ? quantity.canonical(amount) : join(present, amount);
  }
  return joined;
}

function larger(left: string, right: string): string {
  return quantity.compare(left, right) < 0 ? right : left;
}

function formatTable(title: string, groups: readonly (readonly [name: string, group: Group])[]): string[] {
  const rows = [
    [title.toUpperCase(), "PODS", "RUNNING", "RESTARTS", "CPU", "CPU LIMIT", "MEMORY", "MEMORY LIMIT", "IMAGES"],
    ...groups.map(([name, { pods, running, restarts, requests, limits, images }]) => [
      name,
      ...[pods, running, restarts].map(String),
      ...[requests.cpu, limits.cpu, requests.memory, limits.memory].map((amount) => amount ?? "-"),
      String(Object.keys(images).length),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
