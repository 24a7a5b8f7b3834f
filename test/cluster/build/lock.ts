import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Holds an exclusive lock on a file while something runs, waiting for the current holder.
 *
 * A child process holds the kernel's lock and ends with its pipe, so a killed process releases it.
 *
 * @param path the lock file; it is made when missing and stays
 * @param work what runs while the lock is held
 * @returns what `work` returns
 */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn("flock", ["--no-fork", path, "cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(holder, "exit");
  const held = once(holder.stdout, "data");
  holder.stdin.write("held\n");
  await Promise.race([held, ended.then(() => Promise.reject(new Error(`The lock ${path} cannot be taken.`)))]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
