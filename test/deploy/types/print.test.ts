import { describe, expect, it } from "vitest";
import { type PrintOptions, printDeclaration, printType } from "../../../deploy/types/print.ts";
import type { Schema } from "../../../deploy/types/schema.ts";

const PLAIN: PrintOptions = { nameOf: (fullName) => fullName.split(".").at(-1) ?? fullName, describe: false };
const text: Schema = { type: "string" };

describe("printType", () => {
  it.each<[Schema, string]>([
    [{ type: "string" }, "string"],
    [{ type: "boolean" }, "boolean"],
    [{ type: "integer", format: "int64" }, "number"],
    [{ type: "number" }, "number"],
    [{ type: "string", nullable: true }, "string | null"],
    [{ type: "string", enum: ["a", "b", "a"] }, '"a" | "b"'],
    [{ type: "integer", enum: [1, 2] }, "1 | 2"],
    [{ type: "array", items: text }, "string[]"],
    [{ type: "array" }, "unknown[]"],
    [{ type: "array", items: { enum: ["a", "b"] } }, 'Array<"a" | "b">'],
    [{ type: "array", items: { type: "array", items: text } }, "Array<string[]>"],
    [{ type: "object" }, "Record<string, unknown>"],
    [{ type: "object", additionalProperties: true }, "Record<string, unknown>"],
    [{ type: "object", additionalProperties: text }, "Record<string, string>"],
    [{ type: "object", properties: {} }, "Record<string, unknown>"],
    [{ $ref: "#/components/schemas/io.k8s.api.core.v1.Pod" }, "Pod"],
    [{ allOf: [{ $ref: "#/components/schemas/x.Pod" }] }, "Pod"],
    [{ allOf: [{ $ref: "#/components/schemas/x.A" }, { $ref: "#/components/schemas/x.B" }] }, "A & B"],
    [{ oneOf: [{ type: "string" }, { type: "number" }] }, "string | number"],
    [{ format: "int-or-string", oneOf: [{ type: "integer" }, text] }, "number | string"],
    [{ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, text] }, "number | string"],
    [{ "x-kubernetes-preserve-unknown-fields": true }, "unknown"],
    [{}, "unknown"],
  ])("prints the schema %j as %s", (schema, expected) => {
    expect(printType(schema, "", PLAIN)).toBe(expected);
  });

  it("prints each field of an object on its own line, with ? where it is not required", () => {
    const schema: Schema = {
      type: "object",
      required: ["inner"],
      properties: { inner: { type: "object", properties: { "x-y": text, $ref: text } }, other: text },
    };
    expect(printType(schema, "", PLAIN)).toBe(
      '{\n  inner: {\n    "x-y"?: string;\n    $ref?: string;\n  };\n  other?: string;\n}',
    );
  });

  it("allows unknown fields when the schema preserves them", () => {
    const schema: Schema = { type: "object", properties: { a: text }, "x-kubernetes-preserve-unknown-fields": true };
    expect(printType(schema, "", PLAIN)).toBe("{\n  a?: string;\n  [field: string]: unknown;\n}");
  });
});

describe("printDeclaration", () => {
  it("prints apiVersion and kind as literals when a schema has one kind", () => {
    const schema: Schema = {
      type: "object",
      properties: { apiVersion: text, kind: text },
      "x-kubernetes-group-version-kind": [{ group: "apps", version: "v1", kind: "Deployment" }],
    };
    expect(printDeclaration("Deployment", schema, PLAIN)).toBe(
      'export interface Deployment {\n  apiVersion?: "apps/v1";\n  kind?: "Deployment";\n}\n',
    );
  });

  it("prints them as string when a schema has several kinds", () => {
    const schema: Schema = {
      type: "object",
      properties: { kind: text },
      "x-kubernetes-group-version-kind": [
        { group: "apps", version: "v1", kind: "DeleteOptions" },
        { group: "batch", version: "v1", kind: "DeleteOptions" },
      ],
    };
    expect(printDeclaration("DeleteOptions", schema, PLAIN)).toContain("kind?: string;");
  });

  it("prints a type when a schema has no fields", () => {
    expect(printDeclaration("Time", { type: "string", format: "date-time" }, PLAIN)).toBe(
      "export type Time = string;\n",
    );
  });

  it("prints the server's descriptions as comments where wanted", () => {
    const schema: Schema = {
      type: "object",
      description: "One line.",
      properties: { a: { type: "string", description: "First.\n\nSecond, with */ in it.  \n" }, b: text },
    };
    expect(printDeclaration("Thing", schema, { ...PLAIN, describe: true })).toBe(`/** One line. */
export interface Thing {
  /**
   * First.
   *
   * Second, with *\\/ in it.
   */
  a?: string;
  b?: string;
}
`);
  });

  it("wraps long lines of a description, and keeps their indent", () => {
    const long = `  ${"word ".repeat(30).trim()}`;
    const printed = printDeclaration(
      "Name",
      { type: "string", description: `Names:\n${long}` },
      { ...PLAIN, describe: true },
    );
    expect(printed.split("\n")).toEqual([
      "/**",
      " * Names:",
      ` *   ${"word ".repeat(21).trim()}`,
      ` *   ${"word ".repeat(9).trim()}`,
      " */",
      "export type Name = string;",
      "",
    ]);
  });
});
