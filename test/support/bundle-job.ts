import { resolve } from "node:path";
import { type Bundle, packJob } from "../../deploy/build/bundle.ts";
import { compileJobs } from "../../deploy/build/compile.ts";

/**
 * Bundles a job file as a deploy does, without its checks and settings.
 *
 * @param external packages to leave out
 */
export async function bundleJob(file: string, external: readonly string[] = []): Promise<Bundle> {
  const [compiled] = await compileJobs([resolve(file)], external, "deploy");
  if (compiled?.status !== "fulfilled") throw compiled?.reason;
  return await packJob(compiled.value);
}
