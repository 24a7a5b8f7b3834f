// Keeps bundles small: esbuild plugins that leave out what a job does not use, where esbuild itself cannot tell.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { build, type Loader, type Metafile, type Plugin } from "esbuild";
import { isJobsOwn } from "./package.ts";

const YAML_ABSENT = "?absent";
const YAML_IMPORTER = /[\\/]kube[\\/]api[\\/][\w-]+\.[jt]s$/;
const YAML_READER = /[\\/]kube[\\/]values[\\/]yaml\.[jt]s$/;
const WITHOUT_YAML = `export async function parseYaml() {
  throw new Error("errand left its YAML reader out of the bundle, because no file of the job calls .apply with a text. Import { parseYaml } from \\"errand\\" and apply what it returns");
}`;

/** `apply` with anything but an object literal: `.apply(text)`, `["apply"]`, `{ apply } = …`. */
const GIVES_TEXT = /(?:\.\s*apply\b|\[\s*["'`]apply["'`]|\bapply\b[^{}()]*\}\s*=)(?!\s*\(\s*\{)/;

/** Leaves out the YAML parser that `apply` of a text needs: 25 KB of each compressed bundle. */
export function withoutYamlPlugin(): Plugin {
  return {
    name: "without-yaml",
    setup(build) {
      build.onResolve({ filter: /^\.\.\/values\/yaml\.[jt]s$/ }, ({ path, importer }) =>
        YAML_IMPORTER.test(importer) ? { path: join(dirname(importer), path), suffix: YAML_ABSENT } : null,
      );
      build.onLoad({ filter: YAML_READER }, ({ suffix }) =>
        suffix === YAML_ABSENT ? { contents: WITHOUT_YAML, loader: "js" } : null,
      );
    },
  };
}

/**
 * True where a job might pass a text to `apply`, judging by its own files; in doubt, it is true.
 *
 * @param isJobs true for a file of the metafile that is the job's own, neither errand's nor a package's
 */
export function mayApplyText(metafile: Metafile, isJobs: (path: string) => boolean): boolean {
  const files = Object.keys(metafile.inputs).filter(isJobs);
  return files.some((path) => GIVES_TEXT.test(readFileSync(path, "utf8")));
}

/** In Go's syntax, since esbuild matches it. */
const LOCALE = /[\\/]zod[\\/]v4[\\/]locales[\\/][\w-]+\.c?js$/;
const KEPT_LOCALE = /[\\/](?:index|en)\.c?js$/;

const WITHOUT_LOCALE = `export default function () {
  throw new Error("errand left zod's other languages out of the bundle: mention z.locales in the job file itself to keep them");
}`;

/**
 * Leaves out zod's messages in languages other than English, which zod's index exports and no bundler can remove: 30 KB of each compressed bundle with parameters.
 * A job file that {@link namesLocales} keeps them all; code that reaches them in another way gets an error that says so.
 */
export function withoutLocalesPlugin(): Plugin {
  return {
    name: "without-locales",
    setup(build) {
      build.onLoad({ filter: LOCALE }, ({ path }) =>
        KEPT_LOCALE.test(path) ? null : { contents: WITHOUT_LOCALE, loader: "js" },
      );
    },
  };
}

/** True where a job file mentions zod's `locales`. */
export function namesLocales(jobFile: string): boolean {
  return /\blocales\b/.test(readFileSync(jobFile, "utf8"));
}

const SOURCE_FILE = /\.[cm]?[jt]sx?$/;
const LOADERS: Readonly<Record<string, Loader>> = { ".js": "js", ".jsx": "jsx", ".ts": "ts", ".tsx": "tsx" };

/** `import` of names, never of types alone, from one of zod's entry points. */
const ZOD_IMPORT = /^[ \t]*import\s+(?!type\s)(?<names>[\w$\s,{}]+?)\s*from\s*(?<specifier>"[^"\n]*"|'[^'\n]*')/gm;
const ENTRY_POINT = /^zod(?:\/(?:v4|mini|v4-mini))?$/;

/**
 * Turns the job's own `import { z } from "zod"` into `import * as z from "zod"`, which is the same object: only there can esbuild see which parts are used, and leave out
 * the others, more than half of zod. https://github.com/evanw/esbuild/issues/1420
 */
export function zodNamespacePlugin(): Plugin {
  return {
    name: "zod-namespace",
    setup(parent) {
      parent.onLoad({ filter: SOURCE_FILE }, async ({ path }) => {
        if (!isJobsOwn(path)) return null;
        const text = await readFile(path, "utf8");
        const contents = await withZodNamespace(text, LOADERS[extname(path).replace(/[cm](?=[jt]s)/, "")] ?? "ts");
        return contents === text ? null : { contents, loader: "default" };
      });
    },
  };
}

/** @param text of a source file @returns a text with the same lines */
export async function withZodNamespace(text: string, loader: Loader): Promise<string> {
  const found = [...text.matchAll(ZOD_IMPORT)].filter(({ groups }) => ENTRY_POINT.test(specifierOf(groups)));
  if (found.length === 0) return text;
  const isImport = await importsAmong(text, found, loader);
  return replaceEach(text, found, (match, index) => (isImport.has(index) ? namespaceImport(match) : match[0]));
}

/** Only a parser can tell an import from a line in a comment or a string: each gets a specifier of its own, and esbuild reports which of them it resolves. */
async function importsAmong(text: string, found: readonly RegExpExecArray[], loader: Loader): Promise<Set<number>> {
  const met = new Set<number>();
  const contents = replaceEach(text, found, ([statement], index) =>
    statement.replace(/(["'])[^"']*\1$/, `"zod:${index}"`),
  );
  const note: Plugin = {
    name: "note-imports",
    setup({ onResolve }) {
      onResolve({ filter: /^/ }, ({ path }) => {
        const index = /^zod:(\d+)$/.exec(path)?.[1];
        if (index !== undefined) met.add(Number(index));
        return { path, external: true };
      });
    },
  };
  try {
    await build({ stdin: { contents, loader }, bundle: true, write: false, logLevel: "silent", plugins: [note] });
  } catch {
    return new Set(); // the build itself will report the error
  }
  return met;
}

function replaceEach(
  text: string,
  found: readonly RegExpExecArray[],
  replacement: (match: RegExpExecArray, index: number) => string,
): string {
  let end = 0;
  const parts = found.map((match, index) => {
    const before = text.slice(end, match.index);
    end = match.index + match[0].length;
    return before + replacement(match, index);
  });
  return parts.join("") + text.slice(end);
}

function namespaceImport({ 0: statement, groups }: RegExpExecArray): string {
  const specifier = specifierOf(groups);
  const [, byDefault, inBraces = ""] = /^([\w$]*)[\s,]*(?:\{([^{}]*)\})?$/.exec(groups?.names?.trim() ?? "") ?? [];
  const names = inBraces.split(",").map((name) => name.trim().replace(/\s+/g, " "));
  if (byDefault) names.push(`default as ${byDefault}`);
  const others = names.filter((name) => name !== "" && namespaceName(name) === undefined);
  const namespaces = names.map(namespaceName).filter((name) => name !== undefined);
  if (namespaces.length === 0) return statement;
  const statements = namespaces.map((name) => `import * as ${name} from "${specifier}"`);
  if (others.length > 0) statements.push(`import { ${others.join(", ")} } from "${specifier}"`);
  return statements.join("; ") + statement.replace(/[^\n]/g, "");
}

/** What the job calls the namespace, where a name of its import is one. */
function namespaceName(name: string): string | undefined {
  const [, exported, local] = /^(z|default)(?: as ([\w$]+))?$/.exec(name) ?? [];
  return local ?? exported;
}

function specifierOf(groups: Record<string, string> | undefined): string {
  return groups?.specifier?.slice(1, -1) ?? "";
}
