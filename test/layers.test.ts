import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/**
 * Every room, from the top down: a file may import from its own room and from those below it, never from above; types count. A file belongs to the
 * longest of these paths that it begins with. CONTRIBUTING.md has the picture.
 */
const ROOMS = [
  "deploy/executable",
  "deploy",
  "deploy/commands",
  "deploy/commands/completion",
  "deploy/commands/answers",
  "deploy/commands/declared",
  "deploy/new",
  "deploy/types",
  "deploy/embedded",
  "deploy/hub",
  "deploy/hub/install",
  "deploy/hub/serve",
  "deploy/hub/alerts",
  "deploy/hub/watch",
  "deploy/hub/archive",
  "deploy/dashboard",
  "deploy/source",
  "deploy/diagnose/checks",
  "deploy/diagnose/why",
  "deploy/diagnose/access",
  "deploy/release",
  "deploy/release/rendering",
  "deploy/release/revisions",
  "deploy/runs",
  "deploy/runs/history",
  "deploy/project",
  "deploy/manifests",
  "deploy/build",
  "deploy/settings",
  "deploy/params",
  "deploy/schedule",
  "deploy/cluster",
  "deploy/kubeconfig",
  "deploy/terminal",
  "runtime/main.ts",
  "runtime/embedded",
  "runtime/embedded/seed",
  "runtime/embedded/demo",
  "runtime/embedded/http",
  "runtime/embedded/faults",
  "runtime/embedded/controllers",
  "runtime/embedded/verbs",
  "runtime/embedded/kubelet",
  "runtime/embedded/auth",
  "runtime/embedded/patch",
  "runtime/embedded/selectors",
  "runtime/embedded/storage",
  "runtime/embedded/objects",
  "runtime/index.ts",
  "runtime/status",
  "runtime/page",
  "runtime/run/pod",
  "runtime/run/lifecycle",
  "runtime/run/output",
  "runtime/run/report",
  "runtime/http",
  "runtime/kube",
  "runtime/kube/api",
  "runtime/kube/streams",
  "runtime/kube/watch",
  "runtime/kube/list",
  "runtime/kube/catalog",
  "runtime/kube/plan",
  "runtime/kube/pipeline",
  "runtime/kube/transport",
  "runtime/kube/config",
  "runtime/kube/errors",
  "runtime/kube/requests",
  "runtime/kube/values",
  "runtime/kube/surface",
  "runtime/kube/generated",
  "runtime/job",
];

const IMPORT =
  /^\s*(?:import|export)\b[^;"']*?from\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|^import\s+["']([^"']+)["']/gm;

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes("node_modules"))
    .map((file) => join(folder, file).split(sep).join("/"));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? "")
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) =>
      relative(root, resolve(root, dirname(file), specifier))
        .split(sep)
        .join("/"),
    );
}

function roomOf(file: string): string | undefined {
  return ROOMS.filter((room) => file === room || file.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0];
}

/** Templates are job files of others, and import nothing of ours by its path. */
const sources = [...sourcesBelow("runtime"), ...sourcesBelow("deploy")].filter((file) => !file.includes("/templates/"));
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

/** The first circle that is found from each file on, as the files on the way. */
function circles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(" > "));
    if (way.includes(file) || done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  return found;
}

describe("imports", () => {
  it("exist in the sources", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect([...imports.values()].flat().length).toBeGreaterThan(20);
  });

  it("lead to known rooms only", () => {
    expect(sources.filter((file) => roomOf(file) === undefined)).toEqual([]);
    // Each folder is a room of its own: none is hidden inside another.
    expect(sources.filter((file) => roomOf(file) !== file && roomOf(file) !== dirname(file))).toEqual([]);
    expect(ROOMS.filter((room) => !existsSync(join(root, room)))).toEqual([]);
  });

  it("go down from room to room", () => {
    const level = (file: string) => ROOMS.indexOf(roomOf(file) ?? "");
    const upward = sources.flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((target) => level(target) < level(file))
        .map((target) => `${file} imports ${target}`),
    );
    expect(upward).toEqual([]);
  });

  it("form no circle of files", () => {
    expect(circles()).toEqual([]);
  });

  it("never lead to an entry, except from an entry", () => {
    const entries = ["runtime/main.ts", "deploy/cli.ts"];
    const mayImport = ["deploy/bin.ts", "deploy/executable/command-line.ts"];
    const wrong = sources
      .filter((file) => !mayImport.includes(file))
      .flatMap((file) => (imports.get(file) ?? []).filter((target) => entries.includes(target)).map(() => file));
    expect(wrong).toEqual([]);
  });

  it("of job files lead only to errand, its schema library and Node", () => {
    const known = /from\s+["'](errand|zod|node:[a-z]+)["']/;
    const wrong = sourcesBelow("jobs").flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/^import\s[^;]+;/gm)]
        .filter(([statement]) => !known.test(statement))
        .map(([statement]) => `${file}: ${statement}`),
    );
    expect(wrong).toEqual([]);
  });
});
