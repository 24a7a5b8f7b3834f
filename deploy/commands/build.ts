import { buildContext, writeContext } from "../build/build-context.ts";
import { prepareJob } from "../project/prepare.ts";
import { answer, table } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { BUILD } from "./declared/delivering.ts";

type BuildFlags = FlagsOf<typeof BUILD>;

export async function build(file: string, { image, outputDir, env, output }: BuildFlags): Promise<void> {
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
