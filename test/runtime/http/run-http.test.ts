import { expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { runJob, startEmbeddedCluster } from "../../../runtime/embedded/testing.ts";
import { defineJob, type Http } from "../../../runtime/index.ts";

/** Answers calls, and keeps what was sent. */
function fakeFetch(status = 200) {
  const sent: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    sent.push(`${init?.method} ${String(input)} ${String(init?.body ?? "")}`.trim());
    return new Response(status === 200 ? '{"value":7}' : "no_service", { status, statusText: "Not Found" });
  };
  return { fetch, sent };
}

const notify = defineJob({
  access: { configmaps: ["list", "delete"] },
  http: ["hooks.example.com", "prometheus.monitoring:9090"],
  secrets: { hook: "slack/url" },
  limits: { delete: 5, http: 3 },
  async run({ http, kube, secrets }) {
    const { value } = await http.json("http://prometheus.monitoring:9090/api", z.object({ value: z.number() }));
    for await (const map of kube.configmaps.list()) await kube.configmaps.delete(map);
    await http(secrets.hook, { method: "POST", json: { text: `value is ${value}` } });
    return value;
  },
});

const secrets = { hook: "https://hooks.example.com/services/SECRET-PATH" };

it("a run sends its calls once, although its rehearsal made the same ones, and reports both", async () => {
  await using cluster = await startEmbeddedCluster();
  const { fetch, sent } = fakeFetch();
  const lines: string[] = [];
  const report = await runJob(notify, cluster, { fetch, secrets, onLine: (line) => lines.push(line) });
  expect(report).toMatchObject({
    outcome: "succeeded",
    result: 7,
    http: { calls: { "GET prometheus.monitoring:9090": 2, "POST hooks.example.com": 1 }, withheld: {} },
  });
  expect(sent.filter((each) => each.startsWith("POST"))).toEqual([`POST ${secrets.hook} {"text":"value is 7"}`]);
  expect(lines.join("\n")).not.toContain("SECRET-PATH");
});

it("a dry run withholds its calls, and lists them", async () => {
  await using cluster = await startEmbeddedCluster();
  const { fetch, sent } = fakeFetch();
  expect(await runJob(notify, cluster, { fetch, secrets, dryRun: true })).toMatchObject({
    outcome: "succeeded",
    http: { withheld: { "POST hooks.example.com": 1 } },
  });
  expect(sent).toHaveLength(1);
});

it("a secret in an error answer is redacted before the answer is cut, in the report and in the log", async () => {
  await using cluster = await startEmbeddedCluster();
  const token = "s3cr3t-abcdefghij-".repeat(10);
  const job = defineJob({
    access: {},
    http: ["hooks.example.com"],
    secrets: { token: "slack/token" },
    async run({ http, log }) {
      await http("https://hooks.example.com/").catch((error: unknown) => {
        log.error("refused", { error });
        throw error;
      });
    },
  });
  const lines: string[] = [];
  const report = await runJob(job, cluster, {
    secrets: { token },
    onLine: (line) => lines.push(line),
    fetch: async () => new Response("-".repeat(2_000) + token, { status: 400 }),
  });
  expect(report.error?.message).toMatch(/-\[redacted\]$/);
  expect(lines.join("\n")).toContain("refused");
  expect(JSON.stringify(report) + lines.join("\n")).not.toContain("s3cr3t");
});

it("a run fails on an error answer, without any part of the address in its report", async () => {
  await using cluster = await startEmbeddedCluster();
  const job = defineJob({
    access: {},
    http: ["hooks.example.com"],
    run: ({ http }) => http("https://hooks.example.com/services/SECRET-PATH?key=SECRET-KEY"),
  });
  const report = await runJob(job, cluster, { fetch: fakeFetch(404).fetch });
  expect(report).toMatchObject({
    outcome: "failed",
    error: { reason: "HttpError", message: "GET hooks.example.com answered 404 Not Found: no_service" },
  });
  expect(JSON.stringify(report)).not.toContain("SECRET");
});

it("a run that calls an undeclared host is denied, and nothing is sent", async () => {
  await using cluster = await startEmbeddedCluster();
  const { fetch, sent } = fakeFetch();
  const job = defineJob({
    access: {},
    http: ["hooks.example.com"],
    run: ({ http }) => http("http://169.254.169.254/latest/meta-data/"),
  });
  expect(await runJob(job, cluster, { fetch })).toMatchObject({
    outcome: "denied",
    error: { reason: "NotDeclared", message: "GET 169.254.169.254:80 is not declared; nothing was sent" },
  });
  expect(sent).toEqual([]);
});

it("a run beyond limits.http is limited, even if its job catches the error, without a rehearsal", async () => {
  await using cluster = await startEmbeddedCluster();
  const { fetch, sent } = fakeFetch();
  const job = defineJob({
    access: {},
    http: ["hooks.example.com"],
    limits: { http: 2 },
    async run({ http }) {
      for (let i = 0; i < 5; i += 1) await http("https://hooks.example.com/", { method: "POST" }).catch(() => {});
    },
  });
  const report = await runJob(job, cluster, { fetch });
  expect(report).toMatchObject({ outcome: "limited", error: { reason: "LimitExceeded" } });
  expect(report).not.toHaveProperty("rehearsal");
  expect(sent).toHaveLength(2);
});

it("http is a type error in a job that declares no hosts", () => {
  defineJob({
    access: {},
    http: ["hooks.slack.com"],
    run: ({ http }) => {
      expectTypeOf(http).toEqualTypeOf<Http>();
    },
  });
  defineJob({
    access: {},
    // @ts-expect-error: this job may call nothing
    run: ({ http }) => http("https://hooks.slack.com"),
  });
});
