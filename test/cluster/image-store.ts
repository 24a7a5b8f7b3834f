import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import type { ClusterAccess } from "./access.ts";
import { buildBinaries } from "./build/binaries.ts";
import { buildImages } from "./build/images.ts";

/** Images that tests build, and the node's own store of images. There is no registry. */
export interface ImageStore {
  /** The archive of the Node image that pods use. */
  readonly nodeArchive: string;
  /**
   * Gives the node an image.
   * @param archive OCI archive with the image's name in it
   */
  import(archive: string): Promise<void>;
}

/**
 * Opens the node's store of images from outside the cluster's mount namespace.
 *
 * @param access the cluster
 */
export async function openImageStore(access: ClusterAccess): Promise<ImageStore> {
  const binaries = await buildBinaries(() => {});
  const { directory } = await buildImages(binaries, () => {});
  const address = `/proc/${await containerdOf(access)}/root/run/containerd/containerd.sock`;
  const ctr = [join(binaries, "ctr"), "--address", address, "--namespace", "k8s.io"] as const;
  return {
    nodeArchive: join(directory, "node.tar"),
    import: async (archive) => {
      await mustRun([...ctr, "images", "import", archive]);
    },
  };
}

/** The containerd that sees this cluster's state directory in its place. */
async function containerdOf({ stateDirectory }: ClusterAccess): Promise<string> {
  const { ino, dev } = await stat(stateDirectory);
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    if (name.trim() !== "containerd") continue;
    const seen = await stat(`/proc/${pid}/root/mnt`).catch(() => undefined);
    if (seen?.ino === ino && seen.dev === dev) return pid;
  }
  throw new Error(`No containerd of ${stateDirectory} runs.`);
}
