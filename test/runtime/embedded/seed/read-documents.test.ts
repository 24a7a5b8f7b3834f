import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDocuments } from "../../../../runtime/embedded/seed/read-documents.ts";
import { project } from "../../../support/project.ts";

/** A folder with these files, which is gone with the test. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = project();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function read(text: string): Promise<unknown[]> {
  const documents = await readDocuments([join(folderOf({ "a.yaml": text }), "a.yaml")]);
  return documents.map(({ value }) => value);
}

describe("readDocuments", () => {
  it("reads each document of a file and skips empty ones", async () => {
    expect(await read("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n")).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it("reads JSON, which is valid YAML", async () => {
    expect(await read('{"kind": "Pod", "metadata": {"name": "a"}}')).toEqual([
      { kind: "Pod", metadata: { name: "a" } },
    ]);
  });

  it("reads the items of a List one by one, and sets the kind of a typed list's items", async () => {
    expect(await read("kind: List\nitems: [{kind: Pod}, {kind: Service}]")).toEqual([
      { kind: "Pod" },
      { kind: "Service" },
    ]);
    expect(await read("apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}]")).toEqual([
      { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
    ]);
    expect(await read("kind: IpAllowList\nspec: {}")).toEqual([{ kind: "IpAllowList", spec: {} }]);
  });

  it("reads scalars like kubectl", async () => {
    expect(await read("{on: yes, time: 2026-01-31T12:00:00Z, mode: 0400, port: 12:30, big: 9007199254740993}")).toEqual(
      [{ true: true, time: "2026-01-31T12:00:00Z", mode: 256, port: "12:30", big: 9007199254740992 }],
    );
  });

  it("reads only a folder's YAML and JSON files, in alphabetical order", async () => {
    const folder = folderOf({ "b.json": '{"b": 1}', "a.yml": "a: 1", "c.yaml": "c: 1", "notes.md": "# no" });
    mkdirSync(join(folder, "deeper.yaml.d"));
    const documents = await readDocuments([folder]);
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 1 }, { c: 1 }]);
    expect(documents[0]?.place).toBe(join(folder, "a.yml"));
  });

  it("names the file, the document and the item of an object", async () => {
    const file = join(folderOf({ "a.yaml": "a: 1\n---\nkind: List\nitems:\n- b: 1\n- b: 2\n" }), "a.yaml");
    expect((await readDocuments([file])).map(({ place }) => place)).toEqual([
      `${file}, document 1 (line 1)`,
      `${file}, document 2 (line 3), item 1`,
      `${file}, document 2 (line 3), item 2`,
    ]);
  });

  it.each([
    ["a path that does not exist", "none.yaml", /Cannot read .*none\.yaml: no such file or folder/],
    ["an empty file", "empty.yaml", /empty\.yaml has no objects/],
    ["text that is not YAML", "broken.yaml", /broken\.yaml: .*at line 2/],
    ["a folder without such files", "", /The folder .* has no \.yaml, \.yml or \.json files/],
  ])("refuses %s", async (_what, name, message) => {
    const folder = folderOf(name === "" ? {} : { "empty.yaml": "---\n", "broken.yaml": "a: [\n" });
    await expect(readDocuments([join(folder, name)])).rejects.toThrow(message);
    await expect(readDocuments([join(folder, name)])).rejects.toThrow(RangeError);
  });
});
