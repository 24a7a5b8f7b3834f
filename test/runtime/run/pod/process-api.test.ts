import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";
import { OUTCOMES } from "../../../../runtime/run/report/outcome.ts";
import { project } from "../../../support/project.ts";
import { type ChildRunOptions, childRuns } from "./child-run.ts";

const runs = childRuns(project());
let cluster: EmbeddedCluster;

beforeEach(async () => {
  cluster = await startEmbeddedCluster({ podTerminationMs: 0 });
});
afterEach(async () => {
  await runs.stop();
  await cluster.close();
});

function seedPods(count: number): void {
  const names = Array.from({ length: count }, (_, index) => `web-${index}`);
  cluster.applyObjects(
    names.map((name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "team-a", labels: { app: "web" } },
    })),
  );
}

function podsLeft(): number {
  return cluster.store.all(cluster.resourceOf("v1", "Pod")).length;
}

function api(env: Readonly<Record<string, string>> = {}): ChildRunOptions {
  return { api: { port: cluster.port, ca: cluster.ca, token: cluster.adminToken }, env };
}

describe("runInPod with an API server", () => {
  it("changes nothing and lists the changes if the rehearsal exceeds a limit", async () => {
    seedPods(3);
    const run = await runs.run("deletes", api());
    expect(run).toMatchObject({
      code: OUTCOMES.limited.exitCode,
      report: { outcome: "limited", mutations: {}, rehearsal: { mutations: { delete: { pods: 3 } } } },
    });
    expect(run.report.error?.message).toBe("delete pods: 3 objects would be changed; the limit is 2 objects");
    expect(podsLeft()).toBe(3);
  });

  it("starts the real run after a rehearsal below the limits", async () => {
    seedPods(2);
    const run = await runs.run("deletes", api());
    expect(run).toMatchObject({
      code: 0,
      report: {
        outcome: "succeeded",
        result: { deleted: 2 },
        progress: { deleted: 2, dryRun: false },
        mutations: { delete: { pods: 2 } },
        rehearsal: { mutations: { delete: { pods: 2 } } },
        requests: 6,
      },
    });
    expect(podsLeft()).toBe(0);
  });

  it("only validates in a dry run", async () => {
    seedPods(2);
    const run = await runs.run("deletes", api({ ERRAND_DRY_RUN: "true" }));
    expect(run).toMatchObject({
      code: 0,
      report: { outcome: "succeeded", dryRun: true, mutations: { delete: { pods: 2 } } },
    });
    expect(podsLeft()).toBe(2);
  });

  it("is denied if the API server does not know the token", async () => {
    const { api: known } = api();
    const run = await runs.run("deletes", { api: { port: 0, ca: "", ...known, token: "wrong" } });
    expect(run).toMatchObject({
      code: OUTCOMES.denied.exitCode,
      report: { outcome: "denied", error: { reason: "Unauthorized" } },
    });
  });

  it("reports that the job never settles if only an idle connection is left", async () => {
    const run = await runs.run("lists-and-waits", api());
    expect(run.report).toMatchObject({ outcome: "failed", requests: 1, error: { reason: "NeverSettled" } });
  });
});
