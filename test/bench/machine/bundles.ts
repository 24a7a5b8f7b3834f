import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bootWords } from "../../../deploy/build/boot.ts";
import { bundleJob } from "../../support/bundle-job.ts";

/** A file of the bench, as an absolute path. */
export function benchFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/**
 * Bundles one of the bench's jobs as `errand deploy` does.
 *
 * @param name of a file in jobs/, without its extension
 * @param folder where the files that the ConfigMap would hold are written
 * @returns Node's arguments after its flags
 */
export async function writeErrandBundle(name: string, folder: string): Promise<string[]> {
  const { files } = await bundleJob(benchFile(`jobs/${name}.ts`));
  const into = join(folder, name);
  await mkdir(into, { recursive: true });
  for (const [file, contents] of Object.entries(files)) await writeFile(join(into, file), contents);
  return bootWords(into, files);
}

/** Bundles the peer that uses client-node into one minified module, as the jobs are. @returns its path */
export async function writeClientNodeBundle(folder: string): Promise<string> {
  const outfile = join(folder, "client-node", "main.mjs");
  await build({
    entryPoints: [benchFile("peers/client-node.mjs")],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    // An ES module, since the peer waits at its top; its CommonJS parts ask for Node's modules by `require`.
    format: "esm",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    outfile,
    logLevel: "error",
  });
  return outfile;
}
