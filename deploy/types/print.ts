import { visible, visibleLines } from "../terminal/terminal.ts";
import { apiVersionOf, kindOf, referencedName, type Schema } from "./schema.ts";

export interface PrintOptions {
  /** Gives the printed name of another schema. */
  readonly nameOf: (fullName: string) => string;
  /** Prints the server's descriptions as comments. */
  readonly describe: boolean;
}

/** Characters per line, with its indent but without comment marks. */
const COMMENT_WIDTH = 110;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * Prints a schema as an exported interface, or as a type if it is not an object with fields. A schema of a single kind gets its `apiVersion` and `kind` as
 * literals, so that a union of kinds can be narrowed.
 */
export function printDeclaration(name: string, schema: Schema, options: PrintOptions): string {
  const comment = printComment(schema, "", options);
  if (schema.properties === undefined) return `${comment}export type ${name} = ${printType(schema, "", options)};\n`;
  return `${comment}export interface ${name} ${printFields(withLiterals(schema), "", options)}\n`;
}

function withLiterals(schema: Schema): Schema {
  const kind = kindOf(schema);
  if (kind === undefined) return schema;
  const literals = {
    apiVersion: { ...schema.properties?.apiVersion, enum: [apiVersionOf(kind)] },
    kind: { ...schema.properties?.kind, enum: [kind.kind] },
  };
  return { ...schema, properties: { ...schema.properties, ...literals } };
}

/** A valid name for a type: the server chooses the names of schemas, and what is printed is code. @param name the last part of a schema's name */
export function typeName(name: string): string {
  const word = name.replaceAll(/[^A-Za-z0-9_$]/g, "_");
  return /^[A-Za-z_$]/.test(word) && !RESERVED.has(word) ? word : `_${word}`;
}

/** Words that cannot name a type. https://tc39.es/ecma262/#prod-ReservedWord, and the names of TypeScript's own types */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "any await bigint boolean break case catch class const continue debugger default delete do else enum export extends false finally for function " +
    "if implements import in instanceof interface let never new null number object package private protected public return static string super switch " +
    "symbol this throw true try type typeof undefined unknown var void while with yield Array Record"
  ).split(" "),
);

/** Prints the type of a schema. @param indent of the line that it is on */
export function printType(schema: Schema, indent: string, options: PrintOptions): string {
  const text = printNonNull(schema, indent, options);
  return schema.nullable ? `${text} | null` : text;
}

function printNonNull(schema: Schema, indent: string, options: PrintOptions): string {
  if (schema.$ref !== undefined) return options.nameOf(referencedName(schema.$ref));
  if (schema["x-kubernetes-int-or-string"] || schema.format === "int-or-string") return "number | string";
  if (schema.enum !== undefined) return printEnum(schema.enum);
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return printArray(schema.items ?? {}, indent, options);
    case "object":
      return printObject(schema, indent, options);
    default:
      return printComposed(schema, indent, options);
  }
}

// An empty string means "not set" where Go's zero value is allowed; the list in the schema is complete.
function printEnum(values: readonly unknown[]): string {
  return [...new Set(values)].map(printLiteral).join(" | ") || "never";
}

/** A list or object in an enum has no literal type. */
function printLiteral(value: unknown): string {
  return value === null || ["string", "number", "boolean"].includes(typeof value) ? quoted(value) : "unknown";
}

/** JSON with only visible characters: those that change the direction of a text or have no width would show other code than there is. */
export function quoted(value: unknown): string {
  return visible(JSON.stringify(value));
}

function printArray(items: Schema, indent: string, options: PrintOptions): string {
  const item = printType(items, indent, options);
  return /^[\w$]+$/.test(item) ? `${item}[]` : `Array<${item}>`;
}

function printObject(schema: Schema, indent: string, options: PrintOptions): string {
  if (schema.properties !== undefined) return printFields(schema, indent, options);
  const values = schema.additionalProperties;
  return typeof values === "object"
    ? `Record<string, ${printType(values, indent, options)}>`
    : "Record<string, unknown>";
}

function printFields(schema: Schema, indent: string, options: PrintOptions): string {
  const inside = `${indent}  `;
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const key = IDENTIFIER.test(name) ? name : quoted(name);
    const comment = printComment(field, inside, options);
    return `${comment}${inside}${key}${required.has(name) ? "" : "?"}: ${printType(field, inside, options)};\n`;
  });
  if (schema["x-kubernetes-preserve-unknown-fields"]) fields.push(`${inside}[field: string]: unknown;\n`);
  return fields.length === 0 ? "Record<string, unknown>" : `{\n${fields.join("")}${indent}}`;
}

function printComposed(schema: Schema, indent: string, options: PrintOptions): string {
  if (schema.properties !== undefined) return printFields(schema, indent, options);
  const parts = (list: readonly Schema[], glue: string) =>
    [...new Set(list.map((part) => printType(part, indent, options)))].join(glue);
  if (schema.allOf?.length) return parts(schema.allOf, " & ");
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  return choices.length > 0 ? parts(choices, " | ") : "unknown";
}

function printComment(schema: Schema, indent: string, options: PrintOptions): string {
  if (!options.describe || typeof schema.description !== "string") return "";
  const text = visibleLines(schema.description.trim()).replaceAll("*/", "*\\/");
  if (text === "") return "";
  const lines = text.split("\n").flatMap((line) => wrapped(line.trimEnd(), COMMENT_WIDTH - indent.length));
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} *${line && " "}${line}\n`).join("")}${indent} */\n`;
}

/** Wraps a line at blanks, and keeps its indent in front of each part. */
function wrapped(line: string, width: number): string[] {
  const [start = ""] = /^\s*/.exec(line) ?? [];
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimStart().split(" ")) {
    if (current !== "" && start.length + current.length + 1 + word.length > width) {
      lines.push(start + current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current === "" ? "" : start + current];
}
