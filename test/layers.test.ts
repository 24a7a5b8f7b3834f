import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** From the top down: a file may import from its own layer and from those below it, never from above. */
const LAYERS: readonly (readonly string[])[] = [
  ["deploy"],
  ["runtime/main.ts"],
  ["runtime/embedded"],
  ["runtime/index.ts", "runtime/run", "runtime/status"],
  ["runtime/kube"],
  ["runtime/job"],
];

const IMPORT = /^\s*(?:import|export)\b[^;"']*?from\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => join(folder, file).split(sep).join("/"));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)]
    .map((match) => match[1] ?? match[2] ?? "")
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) =>
      relative(root, resolve(root, dirname(file), specifier))
        .split(sep)
        .join("/"),
    );
}

function layerOf(file: string): number {
  return LAYERS.findIndex((places) => places.some((place) => file === place || file.startsWith(`${place}/`)));
}

const sources = [...sourcesBelow("runtime"), ...sourcesBelow("deploy")].filter((file) => !file.includes("/generate/"));

describe("imports", () => {
  it("are found at all when the sources are read", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(20);
  });

  it("go down the layers only when one file imports another", () => {
    const upward = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => layerOf(target) < layerOf(file))
        .map((target) => `${file} imports ${target}`),
    );
    expect(upward).toEqual([]);
  });

  it("leave the two entries alone when they are not entries themselves", () => {
    const entries = ["runtime/main.ts", "deploy/cli.ts"];
    const wrong = sources
      .filter((file) => file !== "deploy/bin.ts" && file !== "deploy/executable/command-line.ts")
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => entries.includes(target))
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it("stay inside a known layer when a file is added", () => {
    expect(sources.filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it("let a job file know errand and its schema library only when it is in jobs/", () => {
    const known = /from\s+["'](errand|zod)["']/;
    const wrong = sourcesBelow("jobs").flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .filter((line) => line.startsWith("import") && !known.test(line))
        .map((line) => `${file}: ${line}`),
    );
    expect(wrong).toEqual([]);
  });
});
