import { readFileSync } from "node:fs";

const PREFIX = "errand-cluster";

/**
 * The name of the cluster that a process owns. A process id alone is used again by the kernel; with the time that the
 * process started it is not, so the name itself says whether its owner still lives.
 *
 * @param pid the supervisor's process id
 */
export function clusterNameOf(pid: number): string {
  return `${PREFIX}-${pid}-${startTimeOf(pid)}`;
}

/**
 * Whether a directory of the temporary directory or of the cgroup tree is a cluster's.
 *
 * @param name the directory's name
 */
export function isClusterName(name: string): boolean {
  return ownerOf(name) !== undefined;
}

/**
 * The supervisor of a cluster, when it still runs.
 *
 * @param name the cluster's name
 * @returns its process id, or `undefined` when it is gone and what carries the name is a leftover
 */
export function livingOwnerOf(name: string): number | undefined {
  const owner = ownerOf(name);
  return owner !== undefined && startTimeOf(owner.pid) === owner.startTime ? owner.pid : undefined;
}

function ownerOf(name: string): { readonly pid: number; readonly startTime: string } | undefined {
  const [, pid, startTime] = new RegExp(`^${PREFIX}-(\\d+)-(\\d+)$`).exec(name) ?? [];
  return pid === undefined || startTime === undefined ? undefined : { pid: Number(pid), startTime };
}

/**
 * Fields 22 and 3 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the second one may itself hold blanks.
 * A zombie is gone: it is an entry that its parent has not read yet.
 */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
