import type { Command } from "commander";
import { addImageFlags, environmentOption, type ImageFlags } from "../cli-options.ts";

interface RenderFlags extends ImageFlags {
  readonly namespace?: string;
  readonly env?: string;
  readonly output: "yaml" | "json";
}

/** Applied by `kubectl apply` without `--server-side`, a larger object does not fit into its last-applied annotation. */
const CLIENT_SIDE_APPLY_BYTES_MAX = 262_144;

export function addRenderCommand(program: Command): void {
  const command = program
    .command("render")
    .description("print a job's manifests, without a cluster")
    .argument("<file>", "job file")
    .option("-n, --namespace <name>", "namespace of the objects (default: that of errand.config.ts, else default)")
    .addOption(environmentOption())
    .option("-o, --output <format>", "yaml or json (a List)", "yaml")
    .addHelpText("after", "\nExample: errand render jobs/pod-cleanup.ts -n ops | kubectl apply --server-side -f -")
    .action(render);
  addImageFlags(command);
}

async function render(file: string, flags: RenderFlags): Promise<void> {
  const { output } = flags;
  const { prepareJob } = await import("../prepare.ts");
  const { renderManifests } = await import("../manifests/render.ts");
  const { manifestsToYaml } = await import("../manifests/yaml.ts");
  const { talk } = await import("../output/talk.ts");
  const { CommandError } = await import("../command-error.ts");
  if (output !== "yaml" && output !== "json") throw new CommandError(`-o ${output}: render prints yaml or json`);
  const job = await prepareJob(file, flags);
  const manifests = renderManifests({ ...job, namespace: job.settings.namespace ?? "default" });
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  process.stdout.write(output === "json" ? `${JSON.stringify(list, null, 2)}\n` : manifestsToYaml(manifests));
  if (manifests.some((manifest) => JSON.stringify(manifest).length > CLIENT_SIDE_APPLY_BYTES_MAX)) {
    talk("The ConfigMap is too large for client-side apply: use kubectl apply --server-side.");
  }
}
