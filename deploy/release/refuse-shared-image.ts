import type { PreparedJob } from "../project/prepare.ts";
import { UsageError } from "../terminal/command-error.ts";

/** @throws {CommandError} where one image is said to hold the bundles of several jobs */
export function refuseSharedImage(jobs: readonly PreparedJob[]): void {
  const images = jobs.flatMap(({ settings }) => settings.bundledImage ?? []);
  const shared = images.find((image, index) => images.indexOf(image) !== index);
  if (shared === undefined) return;
  throw new UsageError(`--bundled-image ${shared} is one image, but each job needs its own`, {
    hint: "Include job and revision in the name: --bundled-image 'registry.example/{job}:{revision}'",
  });
}
