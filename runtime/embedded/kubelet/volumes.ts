import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TERMINATION_LOG } from "../../run/pod/environment.ts";
import { type ApiObject, isJsonObject, textAt } from "../objects/api-object.ts";
import { CONFIG_MAPS, SECRETS, SERVICE_ACCOUNTS } from "../objects/resource-table.ts";
import { fieldOfPod } from "./environment.ts";
import type { Container, Pod, Volume, VolumeSource } from "./pod.ts";
import type { PodCluster } from "./running-pods.ts";

/** Where a kubelet mounts the token. In most images `/var/run` is a link to `/run`. */
const SERVICE_ACCOUNT_PATHS = [
  "/var/run/secrets/kubernetes.io/serviceaccount",
  "/run/secrets/kubernetes.io/serviceaccount",
];
const TOKEN_SECONDS = 3_600;

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

const UNKNOWN_SOURCE = "A projected volume has a source that the embedded cluster cannot mount";

/** File name → contents. */
type Files = Readonly<Record<string, string | Uint8Array>>;

/** A pod's files on this machine. */
export interface PodFolder {
  readonly folder: string;
  readonly serviceAccountFolder: string;
  readonly terminationLog: string;
  /** Path in the container → local path, longest first. */
  readonly paths: readonly (readonly [inContainer: string, here: string])[];
  /** Deletes everything. Idempotent. */
  remove(): void;
}

/**
 * Creates the files that a kubelet would mount into a container, in a new folder that only this user can read.
 *
 * @throws {RangeError} for a volume that is missing or not supported
 * @throws {ApiStatusError} 404 for a missing ConfigMap, Secret or service account
 */
export function createPodFolder(cluster: PodCluster, pod: Pod, container: Container): PodFolder {
  // Node's permissions apply to real paths, and the temporary folder is often a symlink.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${pod.metadata.name}-`)));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const terminationLog = join(folder, "termination-log");
    writeFileSync(terminationLog, "", { mode: PRIVATE_FILE });
    const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => {
      const volume = pod.spec.volumes?.find((each) => each.name === name);
      if (!volume) throw new RangeError(`The container mounts the volume ${name}, but the pod has none of that name`);
      const here = join(folder, `mounted${mountPath.replace(/\/$/, "").replaceAll("/", "-")}`);
      writeFolder(here, volumeFiles(cluster, pod, volume));
      return [mountPath.replace(/\/$/, ""), here] as const;
    });
    // As in a cluster, an explicit mount there replaces the automatic one.
    const mounted = mounts.find(([path]) => SERVICE_ACCOUNT_PATHS.includes(path))?.[1];
    const serviceAccountFolder = mounted ?? join(folder, "serviceaccount");
    if (mounted === undefined) writeFolder(serviceAccountFolder, tokenFiles(cluster, pod));
    const paths = [
      ...mounts,
      ...SERVICE_ACCOUNT_PATHS.map((path) => [path, serviceAccountFolder] as const),
      [container.terminationMessagePath ?? DEFAULT_TERMINATION_LOG, terminationLog] as const,
    ];
    paths.sort(([left], [right]) => right.length - left.length);
    return { folder, serviceAccountFolder, terminationLog, paths, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function writeFolder(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  for (const [name, contents] of Object.entries(files)) {
    writeFileSync(join(folder, name), contents, { mode: PRIVATE_FILE });
  }
}

/** The automatic mount of the service account. https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken */
function tokenFiles(cluster: PodCluster, pod: Pod): Files {
  const { namespace, account } = accountOf(pod);
  const found = cluster.store.mustGet(SERVICE_ACCOUNTS, namespace, account);
  const mounted = pod.spec.automountServiceAccountToken ?? found.automountServiceAccountToken ?? true;
  if (mounted === false) return {};
  return {
    token: cluster.createServiceAccountToken(namespace, account, TOKEN_SECONDS),
    "ca.crt": cluster.ca,
    namespace,
  };
}

function accountOf({ metadata, spec }: Pod): { namespace: string; account: string } {
  return { namespace: metadata.namespace ?? "", account: spec.serviceAccountName ?? "default" };
}

function volumeFiles(cluster: PodCluster, pod: Pod, volume: Volume): Files {
  const { store } = cluster;
  const { namespace } = pod.metadata;
  const { configMap, secret, emptyDir, projected, name } = volume;
  if (emptyDir) return {};
  if (configMap?.optional && !store.get(CONFIG_MAPS, namespace, configMap.name ?? "")) return {};
  if (configMap) return keysOf(store.mustGet(CONFIG_MAPS, namespace, configMap.name ?? ""));
  if (secret) return keysOf(store.mustGet(SECRETS, namespace, secret.secretName ?? ""));
  if (!projected) throw new RangeError(`The volume ${name} is of a kind that the embedded cluster cannot mount`);
  return Object.fromEntries((projected.sources ?? []).flatMap((source) => projectedFiles(cluster, pod, source)));
}

/** The files of one source of a projected volume. https://kubernetes.io/docs/concepts/storage/projected-volumes/ */
function projectedFiles(cluster: PodCluster, pod: Pod, source: VolumeSource): [string, string | Uint8Array][] {
  const { configMap, secret, serviceAccountToken: token, downwardAPI } = source;
  // Skip tokens for other audiences: nothing here accepts them.
  if (token && token.audience === undefined) {
    const { namespace, account } = accountOf(pod);
    return [[token.path, cluster.createServiceAccountToken(namespace, account, token.expirationSeconds)]];
  }
  if (downwardAPI) return (downwardAPI.items ?? []).map(({ path, fieldRef }) => [path, fieldOf(pod, fieldRef)]);
  const chosen = configMap ?? secret;
  if (chosen === undefined) throw new RangeError(UNKNOWN_SOURCE);
  const kind = configMap === undefined ? SECRETS : CONFIG_MAPS;
  const all = keysOf(cluster.store.mustGet(kind, pod.metadata.namespace, chosen.name ?? ""));
  const items = chosen.items ?? Object.keys(all).map((key) => ({ key, path: key }));
  return items.map(({ key, path }) => {
    const contents = all[key];
    if (contents === undefined) throw new RangeError(`${chosen.name} has no key ${key}`);
    return [path, contents];
  });
}

function fieldOf(pod: Pod, fieldRef: { readonly fieldPath: string } | undefined): string {
  if (fieldRef === undefined) throw new RangeError(UNKNOWN_SOURCE);
  return fieldOfPod(pod, fieldRef.fieldPath);
}

/** The files of a ConfigMap or Secret. */
export function keysOf({ kind, data, binaryData }: ApiObject): Files {
  const texts = kind === "ConfigMap" ? entriesOf(data) : [];
  const encoded = kind === "ConfigMap" ? entriesOf(binaryData) : entriesOf(data);
  return Object.fromEntries([...texts, ...encoded.map(([key, value]) => [key, Buffer.from(value, "base64")])]);
}

function entriesOf(value: unknown): [string, string][] {
  return isJsonObject(value) ? Object.keys(value).map((key) => [key, textAt(value, key) ?? ""]) : [];
}
