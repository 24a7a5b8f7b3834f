import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import type { ClusterPlan } from "../host/protocol.ts";
import { LAYOUT, LOG_DIRECTORY } from "./layout.ts";

/**
 * Puts the cluster's own directories over those that its programs write to by themselves, so that nothing of it appears
 * on the machine and two clusters do not meet. All of it is in this mount namespace and ends with it.
 *
 * @param plan where the cluster's files and programs are on the machine
 */
export async function makeMounts(plan: ClusterPlan): Promise<void> {
  const state = plan.stateDirectory;
  for (const directory of ["bin", "images", "pki", "config", "lib", LOG_DIRECTORY]) await mkdir(join(state, directory));
  await bind(plan.binaries, join(state, "bin"));
  await bind(plan.images, join(state, "images"));
  await bind(state, LAYOUT.state);
  // From here on paths of the machine may be hidden, so everything is reached through /mnt.
  await bind(join(LAYOUT.state, "lib"), "/var/lib");
  await bind(join(LAYOUT.state, LOG_DIRECTORY), "/var/log");
  await mustRun(["mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run"]);
}

async function bind(source: string, target: string): Promise<void> {
  await mustRun(["mount", "--rbind", source, target]);
}
