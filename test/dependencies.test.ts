import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

interface Manifest {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
}

/** Each row of the table: what it says of a package, by its columns. */
function documented(): { readonly name: string; readonly licence: string; readonly cells: readonly string[] }[] {
  const [, section = ""] = readFileSync(join(root, "CONTRIBUTING.md"), "utf8").split("\n## Dependencies\n");
  const lines = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => {
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const [name = "", licence = ""] = cells;
    return { name: name.split(" ")[0] ?? "", licence, cells };
  });
}

describe("the table of dependencies", () => {
  const { dependencies = {}, peerDependencies = {} } = manifestOf(".");
  const needed = [...Object.keys(dependencies), ...Object.keys(peerDependencies)].toSorted();

  it("has exactly the dependencies of package.json", () => {
    expect(needed.length).toBeGreaterThan(0);
    const names = documented().map(({ name }) => name);
    expect(names.toSorted()).toEqual(needed);
  });

  it.each(needed)("has the license of the installed package: %s", (name) => {
    const row = documented().find((one) => one.name === name);
    expect(row?.licence).toBe(manifestOf(join("node_modules", name)).license);
  });

  it.each(needed)("has release date, size, use and reason: %s", (name) => {
    const [, , released, size, use, reason] = documented().find((one) => one.name === name)?.cells ?? [];
    expect(released).toMatch(/^\d+\.\d+\.\d+, \d{4}-\d\d-\d\d$/);
    expect(size).toMatch(/^[\d.]+ MB$/);
    expect(use).toMatch(/\w/);
    expect(reason).toMatch(/\w/);
  });
});
