// `npm run build:executable [-- FOLDER]`: builds, from `dist`, an executable for machines without Node, for the platform that this runs on.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Script } from "node:vm";
import { build } from "esbuild";
import { ASSETS } from "./carried-assets.ts";
import { archive, findCarriedFiles, licensesOf } from "./contents.ts";

const root = resolve(import.meta.dirname, "../..");
const target = resolve(process.argv[2] ?? join(root, "build"));
const stage = mkdtempSync(join(tmpdir(), "errand-executable-"));

try {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const [start, commandLine, files] = await Promise.all([
    bundle("start"),
    bundle("command-line"),
    findCarriedFiles(root),
  ]);
  const licenses = { path: "node_modules/errand/licenses.txt", source: join(stage, "licenses.txt") };
  writeFileSync(licenses.source, licensesOf(root, [...commandLine.inputs, ...files.map(({ source }) => source)]));
  const { bytes, contents } = archive([...files, licenses], version);
  write(ASSETS.archive, bytes);
  write(ASSETS.contents, JSON.stringify(contents));
  write(ASSETS.commandLineCache, compiled(readFileSync(commandLine.file, "utf8")));
  mkdirSync(target, { recursive: true });
  const config = {
    main: start.file,
    output: join(target, "errand"),
    disableExperimentalSEAWarning: true,
    // A pod's Node flags are passed as one argument of the command line; NODE_OPTIONS is for other programs.
    execArgvExtension: "cli",
    assets: Object.fromEntries(Object.values(ASSETS).map((name) => [name, join(stage, name)])),
  };
  write("sea.json", JSON.stringify(config));
  execFileSync(process.execPath, ["--build-sea", join(stage, "sea.json")], { stdio: "inherit" });
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function write(name: string, contents: string | Uint8Array): void {
  writeFileSync(join(stage, name), contents);
}

/** @returns the script, and the files that went into it */
async function bundle(name: string): Promise<{ readonly file: string; readonly inputs: readonly string[] }> {
  const file = join(stage, `${name}.cjs`);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`deploy/executable/${name}.ts`],
    outfile: file,
    bundle: true,
    metafile: true,
    platform: "node",
    target: `node${process.versions.node}`,
    format: "cjs",
    // Not minified, since people read stack traces. With characters beyond Latin-1, V8 would need two bytes for each character.
    charset: "ascii",
    supported: { "dynamic-import": false },
    alias: { esbuild: join(root, "deploy/executable/esbuild.ts") },
    logLevel: "warning",
    // Read only where errand is not an executable.
    logOverride: { "empty-import-meta": "silent" },
  });
  return { file, inputs: Object.keys(metafile.inputs).map((path) => join(root, path)) };
}

/** V8's compiled form of a script; the executable has the same Node, so it need not compile it again. */
function compiled(code: string): Uint8Array {
  return new Script(Module.wrap(code), { filename: ASSETS.commandLine }).createCachedData();
}
