import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Holds an exclusive lock on a file while something runs, and waits for whoever holds it already.
 *
 * The kernel's lock is held by a child that ends with our end of its pipe: a process that is killed lets go of it.
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
