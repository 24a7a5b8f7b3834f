import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { build, type Metafile, type OutputFile } from "esbuild";
import { BOOT_SOURCE, type BundleFiles, MAIN_FILE, MAP_FILE } from "./boot.ts";
import { explainBuildError } from "./build-error.ts";
import { jobOptions } from "./build-options.ts";
import { jobSourceMap, type SourceMap } from "./job-source-map.ts";
import { runtimeFile } from "./runtime-file.ts";
import { ENTRY_NAME, type SizeReport, sizeShares } from "./size-report.ts";
import { mayApplyText, withoutYamlPlugin } from "./yaml-plugin.ts";

/** A job and the runtime as they are shipped: what the ConfigMap holds and the pod mounts. */
export interface Bundle {
  /** The first 10 hexadecimal digits of the SHA-256 over the files and what starts them: the revision. A name, and no proof: the pod template holds the whole of each. */
  readonly hash: string;
  readonly files: BundleFiles;
  readonly size: SizeReport;
  /** Every file that went in, as a path from the working folder: what tests and size reports look at. */
  readonly inputs: readonly string[];
  /** What esbuild found odd, one line each. */
  readonly warnings: readonly string[];
}

/** The job is given as a function, so that what its file throws while it loads is reported like any other error. */
const ENTRY = `export { runInPod } from "errand:runtime";
export const loadJob = () => require("errand:job").default;
`;

const HASH_DIGITS = 10;
const compress = promisify(zstdCompress);
/** The most thorough that takes no more memory to unpack. */
const COMPRESSION_LEVEL = 19;

/**
 * Bundles a job file with the runtime into one minified module, and compresses it. The same input gives the same bytes on every machine
 * with the same versions.
 *
 * @param file path of the job file
 * @param external packages that are left out
 * @throws {CommandError} for what esbuild cannot read or resolve, with its place
 */
export async function bundleJob(file: string, external: readonly string[] = []): Promise<Bundle> {
  const path = resolve(file);
  const runtimeFolder = metafilePath(dirname(runtimeFile("main")));
  const result = await buildWhatIsUsed(path, external);
  const code = outputOf(result.outputFiles, ".cjs");
  const map = jobSourceMap(JSON.parse(outputOf(result.outputFiles, ".map").text) as SourceMap, (source) =>
    nameInTraces(source, path),
  );
  const [main, packedMap] = await Promise.all([packed(code.contents), packed(Buffer.from(JSON.stringify(map)))]);
  const files = { [MAIN_FILE]: main, [MAP_FILE]: packedMap };
  return {
    hash: hashFiles({ boot: BOOT_SOURCE, ...files }),
    files,
    size: {
      minifiedBytes: code.contents.length,
      shippedBytes: Object.values(files).reduce((sum, { length }) => sum + length, 0),
      shares: sizeShares(result.metafile, runtimeFolder),
    },
    inputs: inputPaths(result.metafile),
    warnings: result.warnings.map(({ text, location }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    ),
  };
}

function outputOf(files: readonly OutputFile[], ending: string): OutputFile {
  const found = files.find(({ path }) => path.endsWith(ending));
  if (found === undefined) throw new Error(`esbuild wrote no ${ending}`);
  return found;
}

/** A file of the job's own is called by its path from the job file's folder, which is the same on every machine. What is no file, such as `data:`, has no such name. */
function nameInTraces(source: string, jobFile: string): string | undefined {
  if (source.startsWith("<")) return undefined;
  const path = resolve(decodeURI(source));
  return isJobsOwn(path) ? relative(dirname(jobFile), path).split(sep).join("/") : undefined;
}

/** Neither errand's nor a package's. */
function isJobsOwn(path: string): boolean {
  const isOurs = path.startsWith(`${dirname(runtimeFile("main"))}${sep}`) || path.endsWith(`${sep}${ENTRY_NAME}`);
  return !isOurs && !path.includes(`${sep}node_modules${sep}`);
}

function packed(contents: Uint8Array): Promise<Buffer> {
  return compress(contents, { params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL } });
}

/** Builds without the YAML parser first, which shows whether the job may need it. */
async function buildWhatIsUsed(file: string, external: readonly string[]) {
  const lean = await buildModule(file, external, { yaml: false });
  const mayNeedYaml = mayApplyText(lean.metafile, (path) => isJobsOwn(resolve(path)) && existsSync(path));
  return mayNeedYaml ? await buildModule(file, external, { yaml: true }) : lean;
}

async function buildModule(file: string, external: readonly string[], { yaml }: { readonly yaml: boolean }) {
  const { plugins, ...options } = jobOptions(file, external);
  try {
    return await build({
      stdin: { contents: ENTRY, resolveDir: dirname(file), sourcefile: ENTRY_NAME },
      ...options,
      outfile: "main.cjs",
      sourcemap: "external",
      sourcesContent: false,
      legalComments: "none",
      // One character beyond Latin-1, and V8 holds two bytes for each of the whole text: 1.5 MiB.
      charset: "ascii",
      plugins: [...plugins, ...(yaml ? [] : [withoutYamlPlugin()])],
    });
  } catch (error) {
    throw explainBuildError(error);
  }
}

/** esbuild writes paths from the working folder, with slashes. */
function metafilePath(path: string): string {
  return relative(process.cwd(), path).split(sep).join("/");
}

function inputPaths(metafile: Metafile): string[] {
  return Object.values(metafile.outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path)
    .sort();
}

function hashFiles(files: Readonly<Record<string, string | Uint8Array>>): string {
  const hash = createHash("sha256");
  for (const [name, contents] of Object.entries(files)) {
    hash.update(`${name}\0${contents.length}\0`).update(contents);
  }
  return hash.digest("hex").slice(0, HASH_DIGITS);
}
