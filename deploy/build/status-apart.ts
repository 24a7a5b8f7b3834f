import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { MOUNT_PATH } from "./boot.ts";

const compress = promisify(brotliCompress);

const SERVER = /[\\/]status[\\/]server\.[jt]s$/;
const ROUTES = /[\\/]status[\\/]app\.[jt]s$/;
const APART = "?apart";

/** What stands apart is the same for every job, wherever the command is called. */
const compiled = new Map<string, Promise<string>>();

/**
 * Keeps the routes and the page of the status endpoint apart within the bundle: as compressed text, which nobody unpacks, compiles or even reads before the first request. A start pays for it with
 * the bytes alone, since most runs are never asked anything.
 *
 * @param options how everything else is compiled
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
        const text = compiled.get(path) ?? packed(path, { ...options, absWorkingDir: dirname(path) });
        compiled.set(path, text);
        return { contents: loaderOf(await text), loader: "js" };
      });
    },
  };
}

/**
 * Brotli, which knows words of HTML, makes it a twentieth smaller than zstd does, and unpacks slower only where somebody waits for an answer. Base64 in the module costs a hundredth of its bytes once the
 * module is compressed, and is Latin-1 as all of it.
 */
async function packed(file: string, options: BuildOptions): Promise<string> {
  const plugins = [...(options.plugins ?? []), leanHonoPlugin()];
  const { outputFiles } = await build({ ...options, plugins, entryPoints: [file], metafile: false, write: false });
  const code = outputFiles?.[0]?.contents;
  if (code === undefined) throw new Error(`esbuild wrote no module for ${file}`);
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants;
  const bytes = await compress(code, {
    params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: code.length },
  });
  return bytes.toString("base64");
}

/** What Hono brings along and nothing here uses: mounted apps, bodies of requests, and tags that JSX moves into the head. 2 KB compressed. */
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
