import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { paramsJsonSchema } from "../../../deploy/params/params-schema.ts";
import { readParams, readParamsFile } from "../../../deploy/params/read-params.ts";
import { CommandError } from "../../../deploy/terminal/command-error.ts";
import { project } from "../../support/project.ts";

const schema = paramsJsonSchema(
  z.object({
    olderThan: z.string().default("1h"),
    most: z.number().optional(),
    whole: z.int().optional(),
    keep: z.boolean().default(false),
    tags: z.array(z.string()).default([]),
    mode: z.enum(["fast", "slow"]).default("fast"),
    either: z.union([z.number(), z.string()]).optional(),
    maybe: z.number().nullable().optional(),
    where: z.object({ app: z.string() }).optional(),
  }),
);

describe("readParams of a secret parameter", () => {
  it("says what was expected, but not what was given", () => {
    const schema = { properties: { pin: { type: "integer" } } };
    const read = () => readParams(["pin=hunter2-secret"], schema, ["pin"]);
    expect(read).toThrow("--param pin: expected integer");
    expect(read).not.toThrow("hunter2");
  });
});

describe("readParams", () => {
  it.each([
    ["olderThan=2h", { olderThan: "2h" }],
    ["olderThan=2", { olderThan: "2" }],
    ["olderThan=", { olderThan: "" }],
    ["olderThan=a=b", { olderThan: "a=b" }],
    ["most=1.5", { most: 1.5 }],
    ["whole=5", { whole: 5 }],
    ["keep=true", { keep: true }],
    ['tags=["a","b"]', { tags: ["a", "b"] }],
    ["tags=a", { tags: ["a"] }],
    ["mode=slow", { mode: "slow" }],
    ["either=5", { either: "5" }],
    ["maybe=null", { maybe: null }],
    ["maybe=3", { maybe: 3 }],
    ['where={"app":"web"}', { where: { app: "web" } }],
  ])("reads %s as the schema expects", (pair, params) => expect(readParams([pair], schema)).toEqual(params));

  it("makes a list of a repeated parameter when the schema expects one", () => {
    expect(readParams(["tags=a", "tags=b", "keep=false"], schema)).toEqual({ tags: ["a", "b"], keep: false });
  });

  it("reads every value as text when the schema is unknown", () => {
    expect(readParams(["n=5", "on=true"], undefined)).toEqual({ n: "5", on: "true" });
  });

  it("accepts any name when the schema allows others", () => {
    expect(readParams(["other=5"], paramsJsonSchema(z.looseObject({})))).toEqual({ other: 5 });
  });

  it.each([
    ["most=many", '--param most: expected number, got "many"'],
    ["whole=1.5", '--param whole: expected integer, got "1.5"'],
    ["keep=yes", '--param keep: expected boolean, got "yes"'],
    ["most=", '--param most: expected number, got ""'],
    ["where=web", "--param where: expected object"],
    ["olderThen=2h", 'the job has no such parameter; did you mean "olderThan"?'],
    ["olderThan", "expected key=value"],
    ["=2h", "expected key=value"],
  ])("refuses %s and says what was expected", (pair, message) => {
    expect(() => readParams([pair], schema)).toThrow(CommandError);
    expect(() => readParams([pair], schema)).toThrow(message);
  });

  it("refuses a repeated parameter when the schema expects one value", () => {
    expect(() => readParams(["mode=fast", "mode=slow"], schema)).toThrow("given 2 times but takes one value");
  });

  it("does not mistake a name of Object's prototype for a parameter", () => {
    expect(() => readParams(["constructor=1"], schema)).toThrow("no such parameter");
  });
});

describe("paramsJsonSchema", () => {
  it("is undefined without a schema that can be written as JSON Schema", () => {
    expect(paramsJsonSchema(undefined)).toBeUndefined();
    expect(paramsJsonSchema(z.object({ when: z.date() }))).toBeUndefined();
    expect(
      paramsJsonSchema({ "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } }),
    ).toBeUndefined();
  });
});

const folder = project();
function file(text: string): string {
  const path = join(folder, "params");
  writeFileSync(path, text);
  return path;
}

function input(text: string, isTTY = false): NodeJS.ReadStream {
  const stream = Object.assign(new PassThrough(), { isTTY });
  stream.end(text);
  return stream as object as NodeJS.ReadStream;
}

describe("readParamsFile", () => {
  it("reads JSON and YAML alike, and leaves dates as written", async () => {
    expect(await readParamsFile(file('{"most": 3, "tags": ["a"]}'))).toEqual({ most: 3, tags: ["a"] });
    expect(await readParamsFile(file("most: 3\nsince: 2026-01-01\non: yes\n"))).toEqual({
      most: 3,
      since: "2026-01-01",
      on: "yes",
    });
    expect(await readParamsFile(file("mode: 0400\nmost: 1_000\n"))).toEqual({ mode: 256, most: 1000 });
  });

  it("reads standard input for -", async () => {
    expect(await readParamsFile("-", input('{"most": 3}'))).toEqual({ most: 3 });
  });

  it.each([
    ["a list", "[1]", "expected names and values, got a list"],
    ["text", "hello", 'expected names and values, got "hello"'],
    ["nothing", "", "expected names and values, got nothing"],
    ["neither JSON nor YAML", "{a: [", "not valid JSON or YAML"],
    ["a key twice", "a: 1\na: 2", "Map keys must be unique"],
    ["two documents", "a: 1\n---\nb: 2", "it has more than one document"],
    ["references that grow", "a: &a [1]\nb: *a", "not valid JSON or YAML"],
    ["more than a Job can keep", `{"a": "${"x".repeat(2 ** 20)}"}`, "it is larger than 1 MiB"],
  ])("refuses %s", async (_case, text, message) => {
    await expect(readParamsFile(file(text))).rejects.toThrow(message);
  });

  it("refuses a missing file, and a terminal in place of a pipe", async () => {
    await expect(readParamsFile(join(folder, "none"))).rejects.toThrow("cannot read the file (ENOENT)");
    await expect(readParamsFile("-", input("", true))).rejects.toThrow("nothing is piped into it");
  });
});
