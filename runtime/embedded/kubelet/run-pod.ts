import { readFileSync } from "node:fs";
import { SERVICE_ACCOUNTS } from "../auth/authentication.ts";
import type { EmbeddedCluster } from "../embedded-cluster.ts";
import { type ApiObject, isJsonObject, textAt } from "../objects/api-object.ts";
import { type ProcessEnd, runProcess } from "./child-process.ts";
import { commandHere } from "./command.ts";
import { containerEnvironment, nodeEnvironment, type Places } from "./environment.ts";
import { ownNode } from "./own-node.ts";
import type { Container, Pod, Volume } from "./pod.ts";
import { endedStatus, type PodStatus, runningStatus } from "./pod-status.ts";
import { projectedFiles } from "./projected-files.ts";
import { createPodFolder, type Files, type PodFolder } from "./volumes.ts";

const PODS = { group: "", resource: "pods" };
const SOURCES = {
  ConfigMap: { group: "", resource: "configmaps" },
  Secret: { group: "", resource: "secrets" },
} as const;

/** A kubelet keeps this much of a termination message, in bytes. */
const MAX_MESSAGE_BYTES = 4_096;
const DEFAULT_GRACE_SECONDS = 30;
const TOKEN_SECONDS = 3_600;
/** Node's timers take no more: 24 days, which nobody waits for here. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How a pod's process is watched and ended. */
export interface RunPodOptions {
  /** Called with each line of output as it comes. */
  readonly onLine?: (line: string) => void;
  /** When it is aborted, the process gets SIGTERM, as a pod does that is deleted. */
  readonly signal?: AbortSignal | undefined;
  /** Folders of packages that the pod's image would have. */
  readonly packageFolders?: readonly string[];
}

/** What a pod left. */
export interface PodResult {
  readonly exitCode: number;
  readonly terminationMessage: string;
  readonly log: string;
}

/**
 * Runs a pod of the store as a kubelet would: its one Node container as a child process, with the files, the variables and the permissions that the
 * pod gives it. Writes the pod's status, first running, then ended. Leaves neither the process nor its files behind.
 *
 * @throws {RangeError} for a pod that cannot run here
 */
export async function runPod(
  cluster: EmbeddedCluster,
  namespace: string,
  name: string,
  { onLine = () => {}, signal, packageFolders = [] }: RunPodOptions = {},
): Promise<PodResult> {
  const pod = cluster.store.mustGet(PODS, namespace, name) as ApiObject & Pod;
  const [container] = pod.spec.containers;
  if (!container) throw new RangeError(`The pod ${name} has no container`);
  const folder = createPodFolder(pod, container, tokenFiles(cluster, pod), (volume) =>
    volumeFiles(cluster, pod, volume),
  );
  // Also where the process is ended from elsewhere: a token must not stay on the disk.
  process.once("exit", folder.remove);
  const startedAt = Date.now();
  const deletion = new AbortController();
  const unfollow = cluster.runningPods.follow(cluster.store, pod.metadata.uid, deletion);
  const deadline = deadlineOf(pod);
  const ends = AbortSignal.any([deletion.signal, deadline.signal, ...(signal ? [signal] : [])]);
  try {
    setStatus(cluster, pod, runningStatus(container, startedAt));
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

/** Aborts when the pod has been active for as long as it may. */
function deadlineOf({ spec: { activeDeadlineSeconds } }: Pod) {
  const controller = new AbortController();
  const timer =
    activeDeadlineSeconds === undefined
      ? undefined
      : setTimeout(() => controller.abort(), Math.min(activeDeadlineSeconds * 1_000, LONGEST_TIMER_MS));
  return { signal: controller.signal, callOff: () => clearTimeout(timer) };
}

function start(
  cluster: EmbeddedCluster,
  pod: Pod,
  container: Container,
  folder: PodFolder & Pick<Places, "packageFolders">,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<ProcessEnd> {
  const { hostname, port } = new URL(cluster.url);
  const places = { apiHost: hostname, apiPort: Number(port), ...folder };
  const own = containerEnvironment(pod, container, (kind, name, key) => {
    const files = keysOf(cluster.store.get(SOURCES[kind], pod.metadata.namespace, name), kind);
    const value = files?.[key];
    return value === undefined ? undefined : Buffer.from(value).toString();
  });
  const words = commandHere(container, folder.paths, process.allowedNodeEnvironmentFlags.has("--allow-net"));
  return runProcess({
    ...ownNode(words),
    environment: { ...own, ...nodeEnvironment(pod, places) },
    folder: folder.folder,
    onLine,
    signal,
    graceMs: (pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1_000,
  });
}

/** https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken */
function tokenFiles(cluster: EmbeddedCluster, { metadata, spec }: Pod): Files | undefined {
  const namespace = metadata.namespace ?? "";
  const name = spec.serviceAccountName ?? "default";
  const account = cluster.store.mustGet(SERVICE_ACCOUNTS, namespace, name);
  const mounted = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  if (mounted === false) return undefined;
  return {
    token: cluster.createServiceAccountToken(namespace, name, TOKEN_SECONDS),
    "ca.crt": cluster.ca,
    namespace,
  };
}

function volumeFiles(cluster: EmbeddedCluster, pod: Pod, volume: Volume): Files | undefined {
  const { store } = cluster;
  const { metadata, spec } = pod;
  const { configMap, secret, emptyDir, projected, name } = volume;
  if (emptyDir) return undefined;
  if (configMap) {
    const find = configMap.optional ? store.get : store.mustGet;
    return keysOf(find.call(store, SOURCES.ConfigMap, metadata.namespace, configMap.name ?? ""), "ConfigMap");
  }
  if (secret) return keysOf(store.mustGet(SOURCES.Secret, metadata.namespace, secret.secretName ?? ""), "Secret");
  if (projected) {
    return projectedFiles(pod, projected.sources ?? [], {
      read: (kind, source) => keysOf(store.mustGet(SOURCES[kind], metadata.namespace, source), kind),
      issueToken: (lifetimeSeconds) =>
        cluster.createServiceAccountToken(
          metadata.namespace ?? "",
          spec.serviceAccountName ?? "default",
          lifetimeSeconds,
        ),
    });
  }
  throw new RangeError(`The volume ${name} is of a kind that cannot be mounted here`);
}

function keysOf(source: ApiObject | undefined, kind: keyof typeof SOURCES): Files | undefined {
  if (!source) return undefined;
  const texts = kind === "ConfigMap" ? entriesOf(source.data) : [];
  const encoded = kind === "ConfigMap" ? entriesOf(source.binaryData) : entriesOf(source.data);
  return Object.fromEntries([...texts, ...encoded.map(([key, value]) => [key, Buffer.from(value, "base64")])]);
}

function entriesOf(value: unknown): [string, string][] {
  return isJsonObject(value) ? Object.keys(value).map((key) => [key, textAt(value, key) ?? ""]) : [];
}

function readMessage(file: string): string {
  return readFileSync(file).subarray(0, MAX_MESSAGE_BYTES).toString();
}

/** The last that a kubelet does of a pod that was deleted, unless a finalizer still holds it. */
function removePod({ store }: EmbeddedCluster, { metadata }: Pod): void {
  const current = store.get(PODS, metadata.namespace, metadata.name);
  const held = (current?.metadata.finalizers ?? []).length > 0;
  if (current?.metadata.uid === metadata.uid && !held) store.remove(PODS, metadata.namespace, metadata.name);
}

/** A pod that was deleted meanwhile has no status to write. */
function setStatus({ store }: EmbeddedCluster, { metadata }: Pod, status: PodStatus): void {
  const current = store.get(PODS, metadata.namespace, metadata.name);
  if (current?.metadata.uid === metadata.uid) store.replace(PODS, { ...current, status });
}
