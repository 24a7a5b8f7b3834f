import { type Bundle, packJob } from "../../build/bundle.ts";
import { compileOwn } from "../../build/compile.ts";
import { moduleFile } from "../../build/package.ts";

/** Bundles the hub as a job is bundled: one module, compressed, whose SHA-256 the pod's command holds. The same errand gives the same bytes. */
export async function bundleHub(): Promise<Bundle> {
  return await packJob(await compileOwn(moduleFile("deploy/hub/main")));
}
