import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Contents } from "./carried-assets.ts";

/** The modules of errand that a job or its virtual entry can import. */
const ENTRIES = ["runtime/main", "runtime/index", "runtime/kube/connect", "deploy/settings/define-config"];

/** Other files that commands read. */
const OWN_FILES = ["package.json", "LICENSE", "deploy/Dockerfile", "dist/runtime/status/app.br64"];
const OWN_FOLDERS = ["deploy/gitops", "deploy/new/templates", "jobs"];

/** Captures the folder of the package that a path is in. */
const PACKAGE = /^(.*\bnode_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
const HASH_DIGITS = 12;

/** A file that goes into the executable. */
export interface CarriedFile {
  /** Where it is unpacked, from the folder of all. */
  readonly path: string;
  /** Where it is now. */
  readonly source: string;
}

/**
 * Everything that must be a file when a job is bundled, laid out as npm installs errand and zod in a project: a job can import these two, and errand its own
 * dependencies. Of errand and its dependencies it is what the runtime imports, of zod all code.
 *
 * @param root the checkout, with `dist` built and packages installed
 */
export async function findCarriedFiles(root: string): Promise<CarriedFile[]> {
  const inputs = await runtimeInputs(root);
  const packages = new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []));
  const errands = [
    ...inputs,
    ...[...packages].map((folder) => `${folder}/package.json`),
    ...OWN_FILES,
    ...OWN_FOLDERS.flatMap((folder) => filesBelow(root, folder)),
    "node_modules/esbuild/package.json",
    "node_modules/esbuild/lib/main.js",
    `node_modules/${esbuildProgram()}`,
    `node_modules/@esbuild/${platform()}/package.json`,
  ];
  const zods = filesBelow(root, "node_modules/zod").filter((path) => /\.(?:c?js|json)$/.test(path));
  const files = [
    ...errands.map((path) => ({ path: `node_modules/errand/${path}`, source: join(root, path) })),
    ...zods.map((path) => ({ path, source: join(root, path) })),
  ];
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Concatenates the files. @param version errand's */
export function archive(files: readonly CarriedFile[], version: string): { bytes: Uint8Array; contents: Contents } {
  const hash = createHash("sha256");
  const read = files.map(({ path, source }) => {
    const bytes = readFileSync(source);
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
    return { path, bytes };
  });
  return {
    bytes: Buffer.concat(read.map(({ bytes }) => bytes)),
    contents: {
      version,
      name: `${version}-${hash.digest("hex").slice(0, HASH_DIGITS)}`,
      files: read.map(({ path, bytes }) => [path, bytes.length]),
      programs: [`node_modules/errand/node_modules/${esbuildProgram()}`],
    },
  };
}

/** Paths of the runtime's compiled files and those of its packages, from the root. */
async function runtimeInputs(root: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((name) => `dist/${name}.js`),
    bundle: true,
    write: false,
    outdir: "nowhere",
    metafile: true,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs);
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

function esbuildProgram(): string {
  return `@esbuild/${platform()}/bin/esbuild`;
}

const LICENSE_FILE = /^(?:licen[cs]e|notice|copying)(?:\.|-|$)/i;

/**
 * The licences of all packages in an executable, which must be distributed with it.
 *
 * @param root the checkout
 * @param files absolute paths of everything that went in
 */
export function licensesOf(root: string, files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []));
  const own = `errand\n\n${readFileSync(join(root, "LICENSE"), "utf8")}`;
  const node = `Node.js ${process.versions.node}\n\nhttps://github.com/nodejs/node/blob/v${process.versions.node}/LICENSE`;
  return [own, node, ...[...folders].sort().map(licenseOf)].join(`\n\n${"-".repeat(80)}\n\n`);
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version} (${license ?? "see below"})`, ...texts].join("\n\n");
}
