import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, podsOf, resultOf, triggerAndGo, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

/** Requests each path once, and again while it keeps this many silent connections open, replacing those that end. */
const STRANGER = `
const { get } = require("node:http");
const { connect } = require("node:net");
const { HOST: host, IDLE: idle } = process.env;
const ask = (path) => new Promise((resolve) => {
  const request = get({ host, port: 8080, path, agent: false, timeout: 10_000 }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => resolve([answer.statusCode, text]));
  });
  request.on("error", ({ code }) => resolve([code])).on("timeout", () => request.destroy(new Error("silent")));
});
let opened = 0;
const hold = () => {
  opened += 1;
  connect(8080, host).on("error", () => {}).on("close", () => setTimeout(hold, 50));
};
(async () => {
  const answers = {};
  for (const path of ["/metrics", "/", "/status", "/result", "/logs", "/events", "/openapi.json", "/healthz"]) answers[path] = await ask(path);
  for (let count = 0; count < idle; count += 1) hold();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const crowded = [];
  for (let count = 0; count < 10; count += 1) crowded.push((await ask("/metrics"))[0]);
  console.log(JSON.stringify({ answers, crowded, opened }));
  if (idle === "0") process.exit();
})();`;

interface Seen {
  readonly answers: Readonly<Record<string, readonly [status: number | string, text?: string]>>;
  readonly crowded: readonly (number | string)[];
  readonly opened: number;
}

let namespace: TestNamespace;
/** For pods without rights to the run. */
let elsewhere: TestNamespace;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "status-port");
  elsewhere = await TestNamespace.create(inject("cluster"), "strangers");
});
afterAll(() => Promise.all([namespace.delete(), elsewhere.delete()]));

/** Lets a pod of another namespace ask a run's pod. @param idle how many connections it holds */
async function askFromElsewhere(name: string, run: string, idle: number): Promise<Seen> {
  const [pod] = await podsOf(namespace, run);
  const { status } = await namespace.kubectl.get<{ status: { podIP: string } }>(`pod/${pod?.metadata.name}`);
  const env = [
    { name: "HOST", value: status.podIP },
    { name: "IDLE", value: String(idle) },
  ];
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const container = { name: "main", image: elsewhere.access.nodeImage, command: ["node", "-e", STRANGER], env };
  const spec = {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    containers: [{ ...container, imagePullPolicy: "IfNotPresent", securityContext }],
  };
  await elsewhere.kubectl.apply({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec });
  let log = "";
  await until(`pod ${name} has asked`, async () => {
    log = (await elsewhere.kubectl.run(["logs", name])).stdout;
    return log.includes("\n");
  });
  return JSON.parse(log) as Seen;
}

describe("a run's status port", () => {
  it("is closed to other pods, and open to port-forwarding, by default", async () => {
    await deploy(namespace, "waits");
    await namespace.kubectl.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "victim" } });
    const run = await triggerAndGo(namespace, "waits");
    const refused = ["ECONNREFUSED"];
    expect((await askFromElsewhere("asks", run, 0)).answers).toEqual({
      "/metrics": refused,
      "/": refused,
      "/status": refused,
      "/result": refused,
      "/logs": refused,
      "/events": refused,
      "/openapi.json": refused,
      "/healthz": refused,
    });
    expect(await progressOf("waits")).toEqual({ deleted: "victim" });
    await namespace.errand(["cancel", run]);
  });

  it("serves only metrics to other pods if the job file enables them, even under a flood of connections", async () => {
    await deploy(namespace, "opens-metrics");
    await namespace.untilMay("opens-metrics", "list", "configmaps", true);
    const token = "tok-4711-tok-4711";
    const run = await triggerAndGo(namespace, "opens-metrics", "--param", `token=${token}`);
    const { answers, crowded, opened } = await askFromElsewhere("crowds", run, 200);
    const [code, text = ""] = answers["/metrics"] ?? [];
    expect(code).toBe(200);
    expect(text).toContain(`run="${run}"`);
    expect(text).toMatch(/^errand_progress\{name="asked"\} \d+$/m);
    expect(text).toMatch(/^errand_requests_total\{verb="list",resource="configmaps",code="200"\} \d+$/m);
    expect(text).not.toContain(token);
    const { "/metrics": _open, ...others } = answers;
    expect(Object.values(others).map(([status]) => status)).toEqual(Array.from({ length: 7 }, () => 403));
    expect(crowded).toEqual(Array.from({ length: 10 }, () => 200));
    expect(opened).toBeGreaterThan(200);
    // While the connections stay open, port-forwarding still works, and the run can end.
    expect(await progressOf("opens-metrics")).toEqual({ asked: expect.any(Number) });
    await namespace.kubectl.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "end" } });
    expect(await resultOf(namespace, run)).toMatchObject({
      code: 0,
      report: { outcome: "succeeded", result: "ended" },
    });
  });

  it("does not end a run whose event loop is blocked for 40 of its 60 s", async () => {
    await deploy(namespace, "blocks-its-loop");
    const { code, report } = await triggerAndWait(namespace, "blocks-its-loop", "--param", "seconds=40");
    expect({ code, outcome: report.outcome, result: report.result }).toEqual({
      code: 0,
      outcome: "succeeded",
      result: "came back",
    });
  });
});

/** What a person sees of a run over its forwarded port. */
async function progressOf(job: string): Promise<unknown> {
  let progress: unknown;
  await until(`${job} says how far it is`, async () => {
    const { stdout } = await namespace.errand(["status", job, "--output", "json"]);
    const { run } = JSON.parse(stdout) as { run: { progress?: unknown } | null };
    progress = run?.progress;
    return progress !== undefined;
  });
  return progress;
}
