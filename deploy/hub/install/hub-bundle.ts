import { type Bundle, packJob } from "../../build/bundle.ts";
import { compileOwn } from "../../build/compile.ts";
import { isCarried, moduleFile } from "../../build/package.ts";
import { CommandError } from "../../terminal/command-error.ts";

/** Bundles the hub as a job is bundled: one module, compressed, whose SHA-256 the pod's command holds. The same errand gives the same bytes. @throws {CommandError} in the single-file executable, which does not carry the hub */
export async function bundleHub(): Promise<Bundle> {
  if (isCarried()) {
    throw new CommandError("The single-file executable does not carry the hub", {
      hint: "Run npx errand hub install in a project that has the package.",
    });
  }
  return await packJob(await compileOwn(moduleFile("deploy/hub/main")));
}
