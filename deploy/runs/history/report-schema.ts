/** What the readers of reports use of JSON Schema. https://json-schema.org/draft/2020-12/json-schema-validation */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** `runtime/run/report/report.schema.json` without its words: a module, since not every installation has that file beside the code. A test holds both alike. */
export const REPORT_SCHEMA: Schema = {
  type: "object",
  additionalProperties: false,
  required: [
    "apiVersion",
    "kind",
    "job",
    "namespace",
    "revision",
    "run",
    "outcome",
    "dryRun",
    "startedAt",
    "mutations",
    "requests",
    "retries",
    "peakMemoryBytes",
  ],
  properties: {
    apiVersion: { const: "errand/v1" },
    kind: { const: "Report" },
    job: { type: "string" },
    namespace: { type: "string" },
    revision: { type: "string" },
    run: {
      type: "object",
      additionalProperties: false,
      required: ["id", "attempt", "trigger"],
      properties: {
        id: { type: "string" },
        scheduledTime: { type: "string", format: "date-time" },
        attempt: { type: "integer", minimum: 1 },
        trigger: { enum: ["schedule", "manual", "local"] },
        triggeredBy: { type: "string" },
      },
    },
    outcome: {
      enum: [
        "running",
        "succeeded",
        "failed",
        "invalid",
        "unreachable",
        "limited",
        "denied",
        "timedOut",
        "cancelled",
        "outOfMemory",
        "evicted",
        "killed",
        "neverStarted",
        "lost",
        "unknown",
      ],
    },
    dryRun: { type: "boolean" },
    startedAt: { type: "string", format: "date-time" },
    finishedAt: { type: "string", format: "date-time" },
    params: {},
    result: {},
    progress: {},
    mutations: { $ref: "#/$defs/mutations" },
    rehearsal: {
      type: "object",
      additionalProperties: false,
      required: ["mutations"],
      properties: { mutations: { $ref: "#/$defs/mutations" } },
    },
    http: {
      type: "object",
      additionalProperties: false,
      required: ["calls", "withheld"],
      properties: {
        calls: { type: "object", additionalProperties: { type: "integer", minimum: 0 } },
        withheld: { type: "object", additionalProperties: { type: "integer", minimum: 0 } },
      },
    },
    cascades: {
      type: "object",
      additionalProperties: false,
      required: ["deleted", "below", "unseen"],
      properties: {
        deleted: { type: "object", additionalProperties: { type: "integer", minimum: 0 } },
        below: { type: "object", additionalProperties: { type: "integer", minimum: 0 } },
        unseen: { type: "array", items: { type: "string" } },
      },
    },
    plan: {
      oneOf: [
        {
          type: "object",
          additionalProperties: false,
          required: ["changes"],
          properties: { changes: { $ref: "#/$defs/changes" } },
        },
        {
          type: "object",
          additionalProperties: false,
          required: ["hash", "planned", "made", "changed", "left"],
          properties: {
            hash: { type: "string" },
            planned: { type: "integer", minimum: 0 },
            made: { type: "integer", minimum: 0 },
            changed: { $ref: "#/$defs/changes" },
            left: { $ref: "#/$defs/changes" },
          },
        },
      ],
    },
    requests: { type: "integer", minimum: 0 },
    retries: { type: "integer", minimum: 0 },
    requestCounts: {
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: { type: "object", additionalProperties: { type: "integer", minimum: 1 } },
      },
    },
    throttledMs: { type: "integer", minimum: 1 },
    node: {
      type: "object",
      additionalProperties: false,
      required: ["version"],
      properties: { version: { type: "string" }, codeCache: { enum: ["used", "none", "rejected"] } },
    },
    peakMemoryBytes: { type: "integer", minimum: 0 },
    memory: {
      type: "object",
      additionalProperties: false,
      required: ["everySeconds", "mebibytes"],
      properties: {
        everySeconds: { type: "integer", minimum: 1 },
        mebibytes: { type: "array", maxItems: 60, items: { type: "integer", minimum: 0 } },
      },
    },
    error: {
      type: "object",
      additionalProperties: false,
      required: ["reason", "message"],
      properties: {
        reason: { type: "string" },
        message: { type: "string" },
        hint: { type: "string" },
        stack: { type: "string" },
      },
    },
    warnings: { type: "array", items: { type: "string" } },
    dropped: { type: "array", items: { type: "string" } },
  },
  $defs: {
    changes: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["verb", "resource", "name", "content"],
        properties: {
          verb: { type: "string" },
          resource: { type: "string" },
          kind: { type: "string" },
          namespace: { type: "string" },
          name: { type: "string" },
          uid: { type: "string" },
          resourceVersion: { type: "string" },
          content: { type: "string" },
        },
      },
    },
    mutations: {
      type: "object",
      additionalProperties: { type: "object", additionalProperties: { type: "integer", minimum: 0 } },
    },
  },
};
