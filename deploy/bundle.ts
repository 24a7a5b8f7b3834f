import { createHash } from "node:crypto";
import { dirname, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { BOOT_FILE, BOOT_SOURCE, MAIN_FILE } from "./bundling/boot.ts";
import { explainBuildError } from "./bundling/build-error.ts";
import { errandPlugin } from "./bundling/errand-plugin.ts";
import { runtimeFile } from "./bundling/runtime-file.ts";
import { type SizeReport, sizeShares } from "./bundling/size-report.ts";
import { zodLocalesPlugin } from "./bundling/zod-locales-plugin.ts";

/** A job and the runtime as they are shipped: what the ConfigMap holds and the pod mounts. */
export interface Bundle {
  /** The first 10 hexadecimal digits of the SHA-256 over the files: the revision. */
  readonly hash: string;
  /** File name to contents. */
  readonly files: {
    readonly [BOOT_FILE]: string;
    readonly [MAIN_FILE]: Uint8Array;
  };
  readonly size: SizeReport;
  /** Every file that went in, as a path from the working folder: what tests and size reports look at. */
  readonly inputs: readonly string[];
  /** What esbuild found odd, one line each. */
  readonly warnings: readonly string[];
}

/** The job is given as a function, so that what its file throws while it loads is reported like any other error. */
const ENTRY = `import { runInPod } from "errand:runtime";
void runInPod(() => require("errand:job").default);
`;

const HASH_DIGITS = 10;
const compress = promisify(brotliCompress);

/**
 * Bundles a job file with the runtime into one minified module, and compresses it. The same input gives the same bytes on every machine
 * with the same versions.
 *
 * @param file path of the job file
 * @throws {CommandError} for what esbuild cannot read or resolve, with its place
 */
export async function bundleJob(file: string): Promise<Bundle> {
  const result = await buildModule(resolve(file));
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error("esbuild wrote no module");
  const main = await compress(output.contents, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: output.contents.length,
    },
  });
  const files = { [BOOT_FILE]: BOOT_SOURCE, [MAIN_FILE]: main };
  return {
    hash: hashFiles(files),
    files,
    size: {
      minifiedBytes: output.contents.length,
      shippedBytes: Buffer.byteLength(BOOT_SOURCE) + main.length,
      shares: sizeShares(result.metafile, metafilePath(dirname(runtimeFile("main")))),
    },
    inputs: inputPaths(result.metafile),
    warnings: result.warnings.map(({ text, location }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    ),
  };
}

async function buildModule(file: string) {
  try {
    return await build({
      stdin: { contents: ENTRY, resolveDir: dirname(file), sourcefile: "<stdin>" },
      bundle: true,
      write: false,
      outfile: "main.cjs",
      metafile: true,
      minify: true,
      platform: "node",
      target: "node24",
      format: "cjs",
      // `import()` of what is bundled anyway becomes require: code that was compiled by node:vm has no loader of its own
      supported: { "dynamic-import": false },
      define: {
        "process.env.NODE_ENV": '"production"',
        // undici's own switch, as Node's build of it sets it: without its second, experimental HTTP parser the bundle is 37 KB smaller
        esbuildDetection: "true",
      },
      legalComments: "none",
      charset: "utf8",
      logLevel: "silent",
      plugins: [errandPlugin(file), zodLocalesPlugin(file)],
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
