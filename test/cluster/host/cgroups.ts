import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isClusterName } from "./identity.ts";

/**
 * Makes the group that a cluster's pods live in, in every hierarchy of this machine. Two kubelets with one root would
 * remove each other's pods as orphans.
 *
 * @param name the cluster's name
 */
export async function createCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    await enableControllers(hierarchy);
    const group = join(hierarchy, name);
    await mkdir(group);
    await inheritCpuset(hierarchy, group);
  }
}

/**
 * Removes a cluster's groups, which must have no process left in them.
 *
 * @param name the cluster's name
 */
export async function removeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeGroup(join(hierarchy, name));
}

/** @returns the names of all clusters, living or not, that have a group on this machine */
export async function clustersWithCgroups(): Promise<ReadonlySet<string>> {
  const groups = await Promise.all((await hierarchies()).map((hierarchy) => readdir(hierarchy)));
  return new Set(groups.flat().filter(isClusterName));
}

/**
 * The processes of a pod, as this machine numbers them.
 *
 * @param name the cluster's name
 * @param uid the pod's `metadata.uid`
 * @returns the ids of its containers' processes, the sandbox's among them
 */
export async function processesOfPod(name: string, uid: string): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const hierarchy of await hierarchies()) {
    const root = join(hierarchy, name);
    if (!existsSync(root)) continue;
    for (const group of await groupsBelow(root)) {
      if (!`${group}/`.includes(`/pod${uid}/`)) continue;
      const text = await unlessGone(readFile(join(group, "cgroup.procs"), "utf8"), "");
      for (const pid of text.split("\n").filter(Boolean)) found.add(Number(pid));
    }
  }
  return [...found];
}

async function groupsBelow(group: string): Promise<readonly string[]> {
  const entries = await unlessGone(readdir(group, { withFileTypes: true }), []);
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => groupsBelow(join(group, name)));
  return [group, ...(await Promise.all(below)).flat()];
}

/** Pods of other tests end at any time, and their groups with them. */
async function unlessGone<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) return otherwise;
    throw error;
  }
}

/** A machine has one hierarchy a controller (v1), a single one (v2), or the former and a v2 one without controllers. */
async function hierarchies(): Promise<readonly string[]> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  return mounts.flatMap(([, path, type]) => (path !== undefined && /^cgroup2?$/.test(type ?? "") ? [path] : []));
}

/** In v2 a group has the controllers that its parent gives to its children. */
async function enableControllers(root: string): Promise<void> {
  const list = join(root, "cgroup.controllers");
  if (!existsSync(list)) return;
  const controllers = (await readFile(list, "utf8")).split(/\s/).filter(Boolean);
  if (controllers.length === 0) return;
  await writeFile(join(root, "cgroup.subtree_control"), controllers.map((controller) => `+${controller}`).join(" "));
}

/** In v1 a new cpuset is empty, and an empty one takes no process. */
async function inheritCpuset(parent: string, group: string): Promise<void> {
  for (const file of ["cpuset.mems", "cpuset.cpus"]) {
    const source = join(parent, file);
    if (!existsSync(source) || !existsSync(join(group, file))) continue;
    await writeFile(join(group, file), await readFile(source));
  }
}

/** The files of a group are the kernel's; removing the directories, the innermost first, is all there is to do. */
async function removeGroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  for (const entry of await readdir(group, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  }
  await rmdir(group);
}
