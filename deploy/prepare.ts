import { type Bundle, bundleJob } from "./bundle.ts";
import { describeShares, formatBytes } from "./bundling/size-report.ts";
import { CommandError } from "./command-error.ts";
import { type JobFile, loadJobFile } from "./job-file.ts";
import { style } from "./output/style.ts";
import { talk } from "./output/talk.ts";

/** What all data of a ConfigMap may take together, in bytes. https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
const CONFIG_MAP_BYTES_MAX = 2 ** 20;

/** A job that can be deployed. */
export interface PreparedJob extends JobFile {
  readonly bundle: Bundle;
}

/**
 * Loads, checks and bundles a job file: everything before the first call to a cluster.
 *
 * @throws {CommandError} also where the bundle does not fit into a ConfigMap
 */
export async function prepareJob(path: string): Promise<PreparedJob> {
  const job = await loadJobFile(path);
  const bundle = await bundleJob(job.file);
  for (const warning of bundle.warnings) talk(`${style.yellow("warning:")} ${warning}`);
  if (bundle.size.shippedBytes > CONFIG_MAP_BYTES_MAX) {
    const size = formatBytes(bundle.size.shippedBytes);
    throw new CommandError(`${path}: the bundle has ${size} compressed, and a ConfigMap takes 1.0 MB`, {
      hint: `What takes the room, before compression: ${describeShares(bundle.size)}. Import less, or only the parts that the job needs.`,
    });
  }
  return { ...job, bundle };
}
