import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { MOUNT_PATH } from "./boot.ts";
import { moduleFile } from "./package.ts";

const compress = promisify(brotliCompress);

const SERVER = /[\\/]status[\\/]server\.[jt]s$/;
const ROUTES = /[\\/]status[\\/]app\.[jt]s$/;
const APART = "?apart";

/** The packed part is the same for every job, wherever the command is called. */
const compiled = new Map<string, Promise<string>>();

/**
 * Packs the routes and the page of the status endpoint as compressed text in the bundle, which is only unpacked and compiled at the first request. Most runs never get one, and
 * pay only for the bytes.
 *
 * @param options of the rest of the bundle
 */
export function statusApartPlugin(options: BuildOptions): Plugin {
  return {
    name: "status-apart",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/app\.[jt]s$/ }, ({ path, importer }) =>
        SERVER.test(importer) ? { path: join(dirname(importer), path), suffix: APART } : null,
      );
      onLoad({ filter: ROUTES }, async ({ path, suffix }) => {
        if (suffix !== APART) return null;
        const text = compiled.get(path) ?? readPrepared(path).catch(() => packed(path, options));
        compiled.set(path, text);
        return { contents: loaderOf(await text), loader: "js" };
      });
    },
  };
}

/**
 * Writes what stands apart beside its source, once for all commands of an installation: to compile and compress it takes longer than the rest of a job.
 *
 * @param options as for {@link statusApartPlugin}
 * @public the last step of `npm run build`
 */
export async function prepareStatus(options: BuildOptions): Promise<void> {
  const path = moduleFile("runtime/status/app");
  await writeFile(preparedFile(path), await packed(path, options));
}

/** Only an installation has it, since sources change. */
function readPrepared(path: string): Promise<string> {
  return readFile(preparedFile(path), "utf8");
}

function preparedFile(path: string): string {
  return path.replace(/\.[jt]s$/, ".br64");
}

/**
 * Brotli, whose dictionary has words of HTML, makes it a twentieth smaller than zstd does; it decompresses more slowly, but only at a request. Base64 adds a hundredth once the module is
 * compressed, and keeps it Latin-1.
 */
async function packed(file: string, options: BuildOptions): Promise<string> {
  const plugins = [...(options.plugins ?? []), leanHonoPlugin()];
  const { outputFiles } = await build({
    ...options,
    plugins,
    absWorkingDir: dirname(file),
    entryPoints: [file],
    metafile: false,
    write: false,
  });
  const code = outputFiles?.[0]?.contents;
  if (code === undefined) throw new Error(`esbuild wrote no module for ${file}`);
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants;
  const bytes = await compress(code, {
    params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: code.length },
  });
  return bytes.toString("base64");
}

/** Parts of Hono that nothing here uses: mounted apps, request bodies, and tags that JSX moves into the head. 2 KB compressed. */
const UNUSED: Readonly<Record<string, string>> = {
  "utils/mount": "export const createMountedRequest = undefined;",
  "utils/body": "export const parseBody = undefined;",
  "jsx/intrinsic-element/components": "export const components_exports = {};",
};

function leanHonoPlugin(): Plugin {
  return {
    name: "lean-hono",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]hono[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
        const name = path.replaceAll("\\", "/").replace(/^.*\/hono\/dist\/(.*)\.js$/, "$1");
        const contents = UNUSED[name];
        return contents === undefined ? null : { contents, loader: "js" };
      });
    },
  };
}

function loaderOf(text: string): string {
  return `const { compileFunction } = require("node:vm");
const { brotliDecompressSync } = require("node:zlib");
const code = brotliDecompressSync(Buffer.from(${JSON.stringify(text)}, "base64")).toString("latin1");
compileFunction(code, ["module", "exports", "require"], { filename: ${JSON.stringify(`${MOUNT_PATH}/status.cjs`)} })(module, exports, require);
`;
}
