import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy } from "./runs.ts";
import { until } from "./until.ts";

const KEY = "key-4711-key-4711";
const GIVEN = ["--param", `key=${KEY}`, "--param", "to=somebody"];

let namespace: TestNamespace;
beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "secret-params");
  await deploy(namespace, "signs");
});
afterAll(() => namespace.delete());

/** Runs the command line to its good end, and expects that it says nothing of the value. */
async function errand<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await namespace.errand([...args, "--output", "json"]);
  expect(code, stderr).toBe(0);
  expect(`${stdout}${stderr}`).not.toContain(KEY);
  return JSON.parse(stdout) as T;
}

/** Everything of the namespace that is not a Secret, and the log of a run. */
async function saidElsewhere(run: string): Promise<string> {
  const kinds = "cronjobs,jobs,pods,configmaps,events,serviceaccounts";
  const objects = await namespace.kubectl.text(["get", kinds, "--output=yaml", "--show-managed-fields"]);
  return `${objects}${await namespace.kubectl.text(["logs", `job/${run}`])}`;
}

async function secretNames(): Promise<string[]> {
  return (await namespace.kubectl.text(["get", "secrets", "--output=name"])).split("\n").filter((name) => name !== "");
}

describe("a secret parameter", () => {
  it("reaches the job in a Secret that its Job owns, also in a retry, and is stored nowhere else", async () => {
    const report = await errand<Report>("trigger", "signs", "--wait", ...GIVEN);
    const { id } = report.run;
    expect(report).toMatchObject({
      outcome: "succeeded",
      params: { key: "[redacted]" },
      result: { length: KEY.length },
    });
    const again = await errand<Report>("retry", id, "--wait");
    expect(again).toMatchObject({ outcome: "succeeded", result: { length: KEY.length } });
    await errand("history", "signs");
    await errand("result", id);
    const said = await saidElsewhere(id);
    expect(said).toContain("signed with [redacted]");
    expect(said).not.toContain(KEY);
    expect(said).not.toContain(Buffer.from(KEY).toString("base64").slice(0, -4));
    expect(await secretNames()).toEqual(
      [`secret/errand-params-${id}`, `secret/errand-params-${again.run.id}`].toSorted(),
    );
    await namespace.kubectl.text(["delete", `job/${id}`, `job/${again.run.id}`]);
    await until("the Secrets went with their Jobs", async () => (await secretNames()).length === 0);
  });

  it("is a salted hash in a plan, and reaches the run that applies it", async () => {
    const plan = await errand<{ hash: string; run: string; params: object; secretParams: object }>(
      ...["trigger", "signs", "--plan", ...GIVEN],
    );
    expect(plan).toMatchObject({
      params: { to: "somebody" },
      secretParams: { secret: `errand-params-${plan.run}`, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const report = await errand<Report>("trigger", "signs", "--apply", plan.hash, "--wait");
    expect(report).toMatchObject({ outcome: "succeeded", result: { length: KEY.length } });
    expect(await saidElsewhere(report.run.id)).not.toContain(KEY);
  });
});
