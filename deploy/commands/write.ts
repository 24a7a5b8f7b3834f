import { buildContext, writeContext } from "../build/build-context.ts";
import { startTypeCheck } from "../diagnose/checks/type-check.ts";
import { completeAnswers } from "../new/ask.ts";
import { createJob } from "../new/create-job.ts";
import { DEFAULT_TEMPLATE } from "../new/project.ts";
import { connect } from "../project/load-config.ts";
import { prepareJob } from "../project/prepare.ts";
import { answer, table } from "../terminal/answer.ts";
import { UsageError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import { writeTypes } from "../types/write-types.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { BUILD, NEW, TYPES } from "./declared/delivering.ts";

type NewFlags = FlagsOf<typeof NEW>;

export async function createNew(name: string | undefined, { template, from, ci, output }: NewFlags): Promise<void> {
  const isTerminal = Boolean(process.stdin.isTTY && process.stderr.isTTY);
  if (from !== undefined && template !== undefined) throw new UsageError("--from and --template exclude each other");
  const answers =
    from === undefined
      ? await completeAnswers({ name, template, ci }, isTerminal)
      : { name: name ?? from, template: DEFAULT_TEMPLATE, ci };
  const created = createJob({ ...answers, from, folder: process.cwd() });
  const rows = [
    ...created.created.map((path) => [path, "created"]),
    ...created.kept.map((path) => [path, "already exists, unchanged"]),
  ];
  answer(output, created, () => table(["FILE", ""], rows));
  talk(`\nNext:\n${created.next.map((command) => `  ${command}`).join("\n")}`);
}

type BuildFlags = FlagsOf<typeof BUILD>;

export async function build(file: string, flags: BuildFlags): Promise<void> {
  const { image, outputDir, env, output } = flags;
  using typeCheck = startTypeCheck([file], flags);
  // The bundle goes into an image that has no name yet; only a ConfigMap has a size limit.
  const job = await prepareJob(file, { image, env, bundledImage: "not-yet-built", mayLackParams: true });
  await typeCheck.refuseErrors();
  const folder = outputDir ?? `build/${job.name}`;
  const files = buildContext(job.bundle, job.settings.image);
  writeContext(folder, files);
  const built = { job: job.name, revision: job.bundle.hash, folder, files: Object.keys(files) };
  answer(output, built, () => table(["FILE"], [...built.files.map((path) => [`${folder}/${path}`])]));
  const on = image === undefined ? "" : ` --image ${image}`;
  talk(
    `\nNext, with your own registry:\n  docker build -t REGISTRY/${job.name}:${job.bundle.hash} ${folder}\n  errand deploy ${file} --bundled-image REGISTRY/${job.name}:${job.bundle.hash}${on}`,
  );
}

type TypesFlags = FlagsOf<typeof TYPES>;

export async function types(resources: readonly string[], flags: TypesFlags): Promise<void> {
  await using cluster = await connect(flags);
  const written = await writeTypes(resources, flags.folder, cluster.client);
  answer(flags.output, written, () =>
    table(
      ["RESOURCE", "OBJECTS", "FILE"],
      written.map(({ resource, apiVersion, kind, file }) => [resource, `${apiVersion} ${kind}`, file]),
    ),
  );
}
