import { readFileSync } from "node:fs";
import type { ApiObject } from "../objects/api-object.ts";
import { CONFIG_MAPS, PODS, SECRETS } from "../objects/resource-table.ts";
import { type ProcessEnd, runProcess } from "./child-process.ts";
import { commandHere, moved, ownNode } from "./command.ts";
import { containerEnvironment, nodeEnvironment, type Places } from "./environment.ts";
import { type Container, endedStatus, type Pod, type PodStatus, runningStatus } from "./pod.ts";
import type { PodCluster } from "./running-pods.ts";
import { createPodFolder, keysOf, type PodFolder } from "./volumes.ts";

/** The cluster's only node. */
export const NODE_NAME = "embedded-node";

/** The kubelet's limit of a termination message, in bytes. */
const MAX_MESSAGE_BYTES = 4_096;
const DEFAULT_GRACE_SECONDS = 30;
/** Node's longest timer: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface RunPodOptions {
  /** Called with each line of output. */
  readonly onLine?: (line: string) => void;
  /** Called when a pod starts. @param readMessage reads its termination message so far */
  readonly onStart?: (pod: string, readMessage: () => string) => void;
  /** On abort, the process gets SIGTERM, as when its pod is deleted. */
  readonly signal?: AbortSignal | undefined;
  /** Package folders that the pod's image would have. */
  readonly packageFolders?: readonly string[];
}

export interface PodResult {
  readonly exitCode: number;
  readonly terminationMessage: string;
  readonly log: string;
}

/**
 * Runs a stored pod like a kubelet: its one Node container as a child process, with the pod's files, variables and permissions.
 * Writes the pod's status at its start and end. Cleans up the process and its files.
 *
 * @throws {RangeError} for a pod that cannot run here
 */
export async function runPod(
  cluster: PodCluster,
  namespace: string,
  name: string,
  { onLine = () => {}, onStart, signal, packageFolders = [] }: RunPodOptions = {},
): Promise<PodResult> {
  const pod = cluster.store.mustGet(PODS, namespace, name) as ApiObject & Pod;
  const [container] = pod.spec.containers;
  if (!container) throw new RangeError(`The pod ${name} has no container`);
  const folder = createPodFolder(cluster, pod, container);
  // Also if this process is killed: a token must not stay on disk.
  process.once("exit", folder.remove);
  const startedAt = Date.now();
  const deletion = new AbortController();
  const unfollow = cluster.runningPods.follow(cluster.store, pod.metadata.uid, deletion);
  const deadline = deadlineOf(pod);
  const ends = AbortSignal.any([deletion.signal, deadline.signal, ...(signal ? [signal] : [])]);
  try {
    setStatus(cluster, pod, runningStatus(container, startedAt));
    onStart?.(name, () => readMessage(folder.terminationLog));
    const end = await start(cluster, pod, container, { ...folder, packageFolders }, ends, (line) => {
      cluster.logs.append(pod.metadata.uid, line);
      onLine(line);
    });
    const terminationMessage = readMessage(folder.terminationLog);
    const ended = endedStatus(container, end, terminationMessage, startedAt, Date.now());
    setStatus(cluster, pod, deadline.signal.aborted ? { ...ended, ...DEADLINE_EXCEEDED } : ended);
    return { exitCode: end.exitCode, terminationMessage, log: cluster.logs.read(pod.metadata.uid) };
  } finally {
    unfollow();
    deadline.callOff();
    if (deletion.signal.aborted) removePod(cluster, pod);
    process.off("exit", folder.remove);
    folder.remove();
  }
}

/** https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/active_deadline.go */
const DEADLINE_EXCEEDED = {
  phase: "Failed",
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
} as const;

/** Aborts at the pod's deadline. */
function deadlineOf({ spec: { activeDeadlineSeconds } }: Pod) {
  const controller = new AbortController();
  const timer =
    activeDeadlineSeconds === undefined
      ? undefined
      : setTimeout(() => controller.abort(), Math.min(activeDeadlineSeconds * 1_000, LONGEST_TIMER_MS));
  return { signal: controller.signal, callOff: () => clearTimeout(timer) };
}

function start(
  cluster: PodCluster,
  pod: Pod,
  container: Container,
  folder: PodFolder & Pick<Places, "packageFolders">,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<ProcessEnd> {
  const { hostname, port } = new URL(cluster.url);
  const places = { apiHost: hostname, apiPort: Number(port), ...folder };
  const own = containerEnvironment(pod, container, (kind, name, key) => {
    const source = cluster.store.get(kind === "ConfigMap" ? CONFIG_MAPS : SECRETS, pod.metadata.namespace, name);
    const value = source && keysOf(source)[key];
    return value === undefined ? undefined : Buffer.from(value).toString();
  });
  const variables = Object.entries(own).map(([name, value]) => [name, moved(value, folder.paths)]);
  const words = commandHere(container, folder.paths, process.allowedNodeEnvironmentFlags.has("--allow-net"));
  return runProcess({
    ...ownNode(words),
    environment: { ...Object.fromEntries(variables), ...nodeEnvironment(pod, places) },
    folder: folder.folder,
    onLine,
    signal,
    graceMs: (pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1_000,
  });
}

function readMessage(file: string): string {
  return readFileSync(file).subarray(0, MAX_MESSAGE_BYTES).toString();
}

/** Removes a deleted pod unless it has finalizers. */
function removePod({ store }: PodCluster, { metadata }: Pod): void {
  const current = store.get(PODS, metadata.namespace, metadata.name);
  const held = (current?.metadata.finalizers ?? []).length > 0;
  if (current?.metadata.uid === metadata.uid && !held) store.remove(PODS, metadata.namespace, metadata.name);
}

/** Skips a pod that has been deleted meanwhile. */
function setStatus({ store }: PodCluster, { metadata }: Pod, status: PodStatus): void {
  const current = store.get(PODS, metadata.namespace, metadata.name);
  if (current?.metadata.uid === metadata.uid) store.replace(PODS, { ...current, status });
}
