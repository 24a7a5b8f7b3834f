import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import openapi from "../../../runtime/status/openapi.json" with { type: "json" };
import { sampleReport } from "../run/report/sample-report.ts";
import { ask, sampleSource } from "./status-source.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** The report has a schema of its own, which is public; its definitions move to where OpenAPI has them. */
const reportSchema = JSON.parse(
  readFileSync(new URL("../../../runtime/run/report/report.schema.json", import.meta.url), "utf8"),
) as JsonSchema;
const { $schema: _dialect, $defs: definitions, ...report } = reportSchema;

const Problem = z.strictObject({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
});
const LogLines = z.strictObject({
  first: z.int().min(1).describe("The number of the first line, from 1 since the process began."),
  lines: z.array(z.string()),
});
const Counts = z.record(z.string(), z.record(z.string(), z.int()));
const Progress = z.strictObject({
  outcome: z.string(),
  startedAt: z.iso.datetime(),
  progress: z.unknown().optional(),
  mutations: Counts,
  requests: z.int(),
  logLines: z.int(),
});
const Json = z.unknown();
const Report = z.fromJSONSchema(reportSchema as Parameters<typeof z.fromJSONSchema>[0]);

const SCHEMAS = { Problem, LogLines, Progress };
const JSON_TYPE = "application/json";

interface Route {
  readonly summary: string;
  /** Media type to the schema of its answer; a name where it stands among the components. */
  readonly types: Readonly<Record<string, keyof typeof SCHEMAS | "Report" | "text" | "any">>;
  readonly mayBeAbsent?: true;
  readonly parameters?: readonly object[];
}

const lastEventId = { name: "Last-Event-ID", in: "header", schema: { type: "integer" } };
const after = { name: "after", in: "query", schema: { type: "integer" }, description: "Only lines after this one." };

const ROUTES: Readonly<Record<string, Route>> = {
  "/": {
    summary: "The run: its page, in a few lines, or its report",
    types: { "text/html": "text", "text/plain": "text", [JSON_TYPE]: "Report" },
  },
  "/status": {
    summary: "The report so far",
    types: { [JSON_TYPE]: "Report", "text/html": "text", "text/plain": "text" },
  },
  "/result": {
    summary: "What the job returned",
    types: { [JSON_TYPE]: "any", "text/html": "text", "text/plain": "text" },
    mayBeAbsent: true,
  },
  "/logs": {
    summary: "The newest lines of the log, at most 2,000 of 256 KiB; as events also those that come",
    types: { "text/plain": "text", [JSON_TYPE]: "LogLines", "text/event-stream": "text" },
    parameters: [lastEventId, after],
  },
  "/events": { summary: "Progress as events, and the end", types: { "text/event-stream": "Progress" } },
  "/metrics": { summary: "Metrics", types: { "application/openmetrics-text": "text", "text/plain": "text" } },
  "/openapi.json": { summary: "This document", types: { [JSON_TYPE]: "any" } },
  "/healthz": { summary: "The event loop turns", types: { "text/plain": "text" } },
  "/readyz": { summary: "The same", types: { "text/plain": "text" } },
};

function schemaOf(name: string): JsonSchema {
  if (name === "any") return {};
  return name === "text" ? { type: "string" } : { $ref: `#/components/schemas/${name}` };
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema) as JsonSchema;
  return rest;
}

/** The words of report.schema.json stand there: every bundle would carry them, 1 KB compressed. */
function isKept(this: unknown, key: string, value: unknown): unknown {
  const isOfReport =
    key === "description" && typeof this === "object" && this !== null && !("content" in this || "name" in this);
  return isOfReport || key === "examples" || (key === "title" && value === "Report") ? undefined : value;
}

/** The document that the schemas make. */
function documentOf() {
  const refused = { description: "Refused", content: { "application/problem+json": { schema: schemaOf("Problem") } } };
  const paths = Object.entries(ROUTES).map(([path, { summary, types, mayBeAbsent, parameters }]) => {
    const content = Object.fromEntries(
      Object.entries(types).map(([type, name]) => [type, name === "any" ? {} : { schema: schemaOf(name) }]),
    );
    const responses = {
      200: { description: summary, content },
      ...(mayBeAbsent ? { 404: { ...refused, description: "There is none yet" } } : {}),
      default: refused,
    };
    return [path, { get: { summary, ...(parameters === undefined ? {} : { parameters }), responses } }];
  });
  const components = {
    Report: report,
    ...Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchemaOf(schema)])),
    ...(definitions as object),
  };
  const document = {
    openapi: "3.1.0",
    info: { title: "A run of an errand job, in its pod", version: "v1" },
    paths: Object.fromEntries(paths),
    components: { schemas: components },
  };
  const text = JSON.stringify(document, isKept).replaceAll("#/$defs/", "#/components/schemas/");
  return JSON.parse(text) as object;
}

describe("/openapi.json", () => {
  it("is what the schemas make that the answers are held against; UPDATE_OPENAPI=1 writes it anew", async () => {
    const wanted = documentOf();
    if (process.env.UPDATE_OPENAPI) {
      const { writeFileSync } = await import("node:fs");
      writeFileSync(new URL("../../../runtime/status/openapi.json", import.meta.url), JSON.stringify(wanted, null, 2));
    }
    expect(openapi).toEqual(wanted);
    expect(await (await ask("/openapi.json")).json()).toEqual(wanted);
  });

  it("refers to nothing that it does not have", () => {
    const text = JSON.stringify(documentOf());
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    const known = Object.keys((documentOf() as { components: { schemas: object } }).components.schemas);
    expect(names.filter((name) => !known.includes(name ?? ""))).toEqual([]);
    expect(text).not.toContain("$defs");
  });

  it.each(
    Object.entries(ROUTES).flatMap(([path, { types }]) =>
      Object.entries(types).map(([type, name]) => ({ path, type, name })),
    ),
  )("is true of $path as $type", async ({ path, type, name }) => {
    const ended = new AbortController();
    ended.abort();
    const answer = await ask(path, { accept: type }, sampleSource({ ended: ended.signal }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")?.split(";")[0]).toBe(type);
    const text = await answer.text();
    if (name === "Progress") {
      for (const [, data = ""] of text.matchAll(/^data: (.*)$/gm)) Progress.parse(JSON.parse(data));
    } else if (name === "Report") Report.parse(JSON.parse(text));
    else if (name === "LogLines") LogLines.parse(JSON.parse(text));
    else if (name === "any") Json.parse(JSON.parse(text));
    else expect(text).not.toBe("");
  });

  it("is true of refusals", async () => {
    const running = { ...sampleReport, outcome: "running" } as const;
    const { result: _result, ...without } = running;
    const source = sampleSource({ report: () => without });
    for (const answer of [
      await ask("/none"),
      await ask("/result", {}, source),
      await ask("/status", { method: "POST" }),
      await ask("/status", {}, source, { localAddress: "10.0.0.1", remoteAddress: "10.0.0.2", host: "10.0.0.1" }),
      await ask("/", {}, source, { localAddress: "127.0.0.1", remoteAddress: "127.0.0.1", host: "evil.example" }),
    ]) {
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(Problem.parse(await answer.json()).status).toBe(answer.status);
    }
  });
});
