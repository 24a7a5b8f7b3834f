import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toJSONSchema, type ZodType } from "zod";
import type { JobDefinition } from "../../runtime/job/definition.ts";
import { validateDefinition } from "../../runtime/job/validate.ts";
import { builtinCatalog } from "../../runtime/kube/catalog/builtin.ts";
import { parseParams } from "./run-job.ts";

/** The part of a parameter's JSON Schema that people read. */
interface Described {
  readonly description?: string;
  readonly default?: unknown;
}

const FOLDER = new URL("../../jobs/", import.meta.url);
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts"));

it("jobs/ has jobs", () => {
  expect(files).not.toEqual([]);
});

describe.each(files)("%s", (file) => {
  const source = readFileSync(new URL(file, FOLDER), "utf8");
  const load = async () => ((await import(new URL(file, FOLDER).href)) as { default: JobDefinition }).default;

  it("is a valid job", async () => {
    expect(validateDefinition(await load(), builtinCatalog)).toEqual([]);
  });

  it("has a description of one sentence", async () => {
    expect((await load()).description).toMatch(/^[A-Z][^\n.]{15,80}$/);
  });

  it("needs no parameter for its schedule", async () => {
    await expect(parseParams(await load(), {})).resolves.toBeDefined();
  });

  it("refuses an unknown parameter", async () => {
    await expect(parseParams(await load(), { tyop: 1 })).rejects.toThrow("tyop");
  });

  it("imports nothing but errand, zod and Node", () => {
    const imported = [...source.matchAll(/from "([^"]+)"/g)].map(([, specifier]) => specifier);
    expect(imported).toContain("errand");
    expect(imported.filter((specifier) => !/^(?:errand|zod|node:.*)$/.test(specifier ?? ""))).toEqual([]);
  });

  it("has limits if it changes anything", async () => {
    const { access, limits } = await load();
    // An eviction takes a pod away, and counts as a deletion.
    const verbs = Object.entries(access).flatMap(([key, rule]) =>
      key === "pods/eviction" ? "delete" : "verbs" in rule ? rule.verbs : rule,
    );
    const mutating = verbs.filter((verb) => !["get", "list", "watch"].includes(verb));
    expect(Object.keys(limits ?? {}).sort()).toEqual([...new Set(mutating)].sort());
  });

  it("is in the README, with every parameter, its default and meaning", async () => {
    const readme = readFileSync(new URL("README.md", FOLDER), "utf8");
    const section = readme.split("\n## ").find((part) => part.startsWith(`${file.replace(/\.ts$/, "")}\n`)) ?? "";
    const { properties = {} } = toJSONSchema((await load()).params as ZodType, { io: "input" });
    const rows = section.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows.map(cellsOf)).toEqual(Object.entries(properties).map(([name, schema]) => expectedCells(name, schema)));
  });
});

/** The cells of one row of a Markdown table. */
function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}

function expectedCells(name: string, schema: Described | boolean): string[] {
  const { description = "", default: value } = typeof schema === "boolean" ? {} : schema;
  return [`\`${name}\``, value === undefined ? "" : `\`${JSON.stringify(value)}\``, description];
}
