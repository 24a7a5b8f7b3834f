import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clustersWithCgroups, removeCgroups } from "./cgroups.ts";
import { isClusterName, livingOwnerOf } from "./identity.ts";

// The kernel may still count a process in its group for a moment after it is gone.
const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

const DETACHED = "detached";

/**
 * Where a cluster keeps its files.
 *
 * @param name the cluster's name
 */
export function stateDirectoryOf(name: string): string {
  return join(tmpdir(), name);
}

/**
 * Removes what a cluster leaves when its processes are gone. Its namespaces, and with them its mounts and links, went
 * with the last process: the directory and the cgroups are all there is.
 *
 * @param name the cluster's name
 * @throws when something is still in use after a minute
 */
export async function removeRemains(name: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await removeCgroups(name);
      await rm(stateDirectoryOf(name), { recursive: true, force: true });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Removes what clusters left whose supervisor was killed before it could. */
export async function reapLeftovers(): Promise<void> {
  const names = new Set([...(await readdir(tmpdir())).filter(isClusterName), ...(await clustersWithCgroups())]);
  for (const name of names) {
    if (livingOwnerOf(name) === undefined) await removeRemains(name);
  }
}

/**
 * Marks a cluster that runs until it is stopped.
 *
 * @param name the cluster's name
 */
export async function markDetached(name: string): Promise<void> {
  await writeFile(join(stateDirectoryOf(name), DETACHED), "");
}

/** @returns the names of the clusters on this machine that run until they are stopped */
export async function detachedClusters(): Promise<readonly string[]> {
  const names = (await readdir(tmpdir())).filter(isClusterName);
  return names.filter(
    (name) => livingOwnerOf(name) !== undefined && existsSync(join(stateDirectoryOf(name), DETACHED)),
  );
}
