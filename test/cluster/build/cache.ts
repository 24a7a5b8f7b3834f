import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { whileLocked } from "./lock.ts";

/**
 * A directory that is made once from its inputs and found again by them: `errand/cluster/<name>-<hash>` in the user's
 * cache. It appears whole or not at all, and two processes that want it at once make it once.
 *
 * @param name what the directory holds
 * @param inputs everything its content depends on
 * @param make fills the empty directory it is given
 * @returns the directory's path
 */
export async function cached(
  name: string,
  inputs: readonly (string | Uint8Array)[],
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "errand", "cluster");
  const target = join(root, `${name}-${hash(inputs)}`);
  if (existsSync(target)) return target;
  await mkdir(root, { recursive: true });
  return await whileLocked(`${target}.lock`, async () => {
    if (existsSync(target)) return target;
    const unfinished = await mkdtemp(`${target}.`);
    try {
      await make(unfinished);
      await rename(unfinished, target);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return target;
  });
}

/** The length goes in with each input: otherwise moving a byte from one input to the next would not change the hash. */
function hash(inputs: readonly (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const input of inputs) digest.update(`${input.length}:`).update(input);
  return digest.digest("hex").slice(0, 16);
}
