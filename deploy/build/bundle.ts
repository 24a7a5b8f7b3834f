import { createHash } from "node:crypto";
import { dirname, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import type { Metafile } from "esbuild";
import { BOOT_SOURCE, type BundleFiles, MAIN_FILE, MAP_FILE } from "./boot.ts";
import { type Compiled, metafilePath } from "./compile.ts";
import { isJobsOwn, moduleFile } from "./package.ts";
import { ENTRY_NAMESPACE, type SizeReport, sizeShares } from "./size-report.ts";
import { jobSourceMap, type SourceMap } from "./source-map.ts";

/** A job with the runtime, as it is deployed. */
export interface Bundle {
  /** The revision: the first 10 hexadecimal digits of the SHA-256 of the files and the boot program. It is a name, not a proof: the pod template has the full hashes. */
  readonly hash: string;
  readonly files: BundleFiles;
  readonly size: SizeReport;
  /** Every file that went in, as a path from the working folder. */
  readonly inputs: readonly string[];
  /** esbuild's warnings, one line each. */
  readonly warnings: readonly string[];
}

const HASH_DIGITS = 10;
const compress = promisify(zstdCompress);
/** Higher levels need more memory to decompress. */
const COMPRESSION_LEVEL = 19;

/** Compresses a job that was compiled for a deploy. With the same versions, the same input gives the same bytes on every machine. */
export async function packJob({ file, code, sourceMap, metafile, warnings }: Compiled): Promise<Bundle> {
  const map = jobSourceMap(JSON.parse(Buffer.from(sourceMap).toString()) as SourceMap, (source) =>
    nameInTraces(source, dirname(file)),
  );
  const [main, packedMap] = await Promise.all([packed(code), packed(Buffer.from(JSON.stringify(map)))]);
  const files = { [MAIN_FILE]: main, [MAP_FILE]: packedMap };
  return {
    hash: hashFiles({ boot: BOOT_SOURCE, ...files }),
    files,
    size: {
      shippedBytes: Object.values(files).reduce((sum, { length }) => sum + length, 0),
      shares: sizeShares(metafile, metafilePath(dirname(moduleFile("runtime/main")))),
    },
    inputs: inputPaths(metafile),
    warnings,
  };
}

/** One of the job's own files has its path from the job file's folder as its name, which is the same on every machine. Anything else has none. */
function nameInTraces(source: string, folder: string): string | undefined {
  if (source.startsWith("<") || source.startsWith(`${ENTRY_NAMESPACE}:`)) return undefined;
  const path = resolve(folder, decodeURI(source));
  return isJobsOwn(path) ? relative(folder, path).split(sep).join("/") : undefined;
}

function packed(contents: Uint8Array): Promise<Buffer> {
  return compress(contents, {
    params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
    // Without it, zstd allocates tables for any length, 80 MB of them.
    pledgedSrcSize: contents.length,
  });
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
