import type { Command } from "commander";
import { addOutputFlag, environmentOption, imageFlag, type OutputFlags } from "./options.ts";

interface BuildFlags extends OutputFlags {
  readonly image?: string;
  readonly outputDir?: string;
  readonly env?: string;
}

const HELP_END = `
Examples:
  errand build jobs/sweep.ts
  docker build -t registry.example/sweep:$(errand build jobs/sweep.ts -o json | jq -r .revision) build/sweep
  errand deploy jobs/sweep.ts --bundled-image registry.example/sweep:REVISION -n ops`;

export function addBuildCommand(program: Command): void {
  const command = program
    .command("build")
    .description("write what an image of a job is built from: Dockerfile and bundle; needs no cluster")
    .argument("<file>", "job file")
    .option("--output-dir <folder>", "where to (default: build/JOB)")
    .option("--image <image>", "Node image to build on, 24 or newer (default: as for deploy)", imageFlag)
    .addOption(environmentOption())
    .addHelpText("after", HELP_END)
    .action(build);
  addOutputFlag(command);
}

async function build(file: string, { image, outputDir, env, output }: BuildFlags): Promise<void> {
  const { prepareJob } = await import("../project/prepare.ts");
  const { buildContext, writeContext } = await import("../build/build-context.ts");
  const { answer, table } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  // The bundle goes into an image, whose name nobody knows yet: only a ConfigMap has a limit.
  const job = await prepareJob(file, { image, env, bundledImage: "not-yet-built" });
  const folder = outputDir ?? `build/${job.name}`;
  const files = buildContext(job.bundle, job.settings.image);
  writeContext(folder, files);
  const built = { job: job.name, revision: job.bundle.hash, folder, files: Object.keys(files) };
  answer(output, built, () => table(["FILE"], [...built.files.map((path) => [`${folder}/${path}`])]));
  const on = image === undefined ? "" : ` --image ${image}`;
  talk(
    `\nNow, with a registry of yours:\n  docker build -t REGISTRY/${job.name}:${job.bundle.hash} ${folder}\n  errand deploy ${file} --bundled-image REGISTRY/${job.name}:${job.bundle.hash}${on}`,
  );
}
