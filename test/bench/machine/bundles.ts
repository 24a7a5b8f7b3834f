import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleJob } from "../../../deploy/bundle.ts";
import { BOOT_FILE, CODE_CACHE_SUFFIX } from "../../../deploy/bundling/boot.ts";
import { makeCodeCache } from "../../../deploy/bundling/code-cache.ts";

/** A file of the bench, as an absolute path. */
export function benchFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/**
 * Bundles one of the bench's jobs as `errand deploy` does.
 *
 * @param name of a file in jobs/, without its extension
 * @param folder where the files that the ConfigMaps would hold are written, the code cache among them
 * @returns the file that Node starts
 */
export async function writeErrandBundle(name: string, folder: string): Promise<string> {
  const bundle = await bundleJob(benchFile(`jobs/${name}.ts`));
  const cache = await makeCodeCache(bundle);
  const into = join(folder, name);
  await writeFiles(into, bundle.files);
  if (cache !== undefined) await writeFiles(`${into}${CODE_CACHE_SUFFIX}`, cache.files);
  return join(into, BOOT_FILE);
}

async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, contents] of Object.entries(files)) await writeFile(join(folder, file), contents);
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
