import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TERMINATION_LOG } from "../../run/pod/environment.ts";
import type { Container, Pod, Volume } from "./pod.ts";

/** Where a kubelet mounts the token. `/var/run` is a link to `/run` in most images, so both are the same place. */
const SERVICE_ACCOUNT_PATHS = [
  "/var/run/secrets/kubernetes.io/serviceaccount",
  "/run/secrets/kubernetes.io/serviceaccount",
];

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** File name → contents. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Finds what a volume holds; undefined for a volume that starts empty. */
export type ReadVolume = (volume: Volume) => Files | undefined;

/** A pod's files on this machine. */
export interface PodFolder {
  readonly folder: string;
  readonly serviceAccountFolder: string;
  readonly terminationLog: string;
  /** Path in the container → path here, the longest first. */
  readonly paths: readonly (readonly [inContainer: string, here: string])[];
  /** Deletes everything; also safe when it is called twice. */
  remove(): void;
}

/**
 * Lays out what a kubelet would mount into a container, in a new folder that only this user can read.
 *
 * @param token the files of an automatic mount of the service account; undefined where the pod has none
 * @throws {RangeError} for a mount of a volume that the pod does not have
 */
export function createPodFolder(
  pod: Pod,
  container: Container,
  token: Files | undefined,
  readVolume: ReadVolume,
): PodFolder {
  // Node's permissions are about real paths, and a temporary folder often is behind a link.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${pod.metadata.name}-`)));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const terminationLog = join(folder, "termination-log");
    writeFileSync(terminationLog, "", { mode: PRIVATE_FILE });
    const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => {
      const volume = pod.spec.volumes?.find((each) => each.name === name);
      if (!volume) throw new RangeError(`The container mounts the volume ${name}, which the pod does not have`);
      const here = join(folder, `mounted${mountPath.replace(/\/$/, "").replaceAll("/", "-")}`);
      writeFolder(here, readVolume(volume) ?? {});
      return [mountPath.replace(/\/$/, ""), here] as const;
    });
    // As in a cluster, a container that mounts something there itself gets no automatic mount.
    const mounted = mounts.find(([path]) => SERVICE_ACCOUNT_PATHS.includes(path))?.[1];
    const serviceAccountFolder = mounted ?? join(folder, "serviceaccount");
    if (mounted === undefined) writeFolder(serviceAccountFolder, token ?? {});
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
