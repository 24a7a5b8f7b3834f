import { afterEach, describe, expect, it, vi } from "vitest";
import officeHours from "../../jobs/office-hours.ts";
import { type EmbeddedCluster, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

afterEach(() => void vi.useRealTimers());

interface Details {
  readonly kind?: "Deployment" | "StatefulSet";
  readonly replicas?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace?: string;
}

function workload(
  name: string,
  { kind = "Deployment", replicas = 3, annotations = {}, namespace = "dev" }: Details = {},
) {
  const metadata = { name, namespace, labels: { "errand/office-hours": "" }, annotations };
  return { apiVersion: "apps/v1", kind, metadata, spec: { replicas, template: { metadata: {} } } };
}

/** Runs the job as if it were this time, in UTC. */
async function runAt(time: string, cluster: EmbeddedCluster, params = {}) {
  vi.useFakeTimers({ now: Date.parse(time), toFake: ["Date"] });
  const namespace = "dev";
  const { result, outcome } = await runJob(officeHours, cluster, { namespace, params });
  expect(outcome).toBe("succeeded");
  return result as Readonly<Record<"up" | "down" | "changedMeanwhile" | "unreadable", readonly string[]>>;
}

function replicasOf(cluster: EmbeddedCluster, name: string, kind = "Deployment"): unknown {
  const { spec } = cluster.store.mustGet(cluster.resourceOf("apps/v1", kind), "dev", name);
  return (spec as { readonly replicas: number }).replicas;
}

const TUESDAY_NOON = "2027-03-02T12:00:00Z";
const TUESDAY_NIGHT = "2027-03-02T22:00:00Z";
const SUNDAY_NOON = "2027-03-07T12:00:00Z";

describe("office-hours", () => {
  it("scales down at night and restores the replicas in the morning", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([
      workload("web"),
      workload("db", { kind: "StatefulSet", replicas: 1 }),
      workload("off", { replicas: 0 }),
    ]);
    expect((await runAt(TUESDAY_NIGHT, cluster)).down).toEqual(["Deployment/web", "StatefulSet/db"]);
    expect([replicasOf(cluster, "web"), replicasOf(cluster, "db", "StatefulSet")]).toEqual([0, 0]);
    // Runs that come again change nothing: what was is not written over by the zero.
    expect((await runAt(SUNDAY_NOON, cluster)).down).toEqual([]);
    expect((await runAt("2027-03-03T07:00:00Z", cluster)).up).toEqual(["Deployment/web", "StatefulSet/db"]);
    expect([replicasOf(cluster, "web"), replicasOf(cluster, "db", "StatefulSet")]).toEqual([3, 1]);
    expect(replicasOf(cluster, "off")).toBe(0);
    expect((await runAt(TUESDAY_NOON, cluster)).up).toEqual([]);
  });

  it("does not scale up what was scaled meanwhile, or what it cannot read", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([
      workload("scaled", { replicas: 2, annotations: { "errand/replicas-before": "5" } }),
      workload("forged", { replicas: 0, annotations: { "errand/replicas-before": "1e9" } }),
      workload("typo", { annotations: { "errand/office-hours": "weekdays" } }),
    ]);
    const result = await runAt(TUESDAY_NOON, cluster);
    expect(result).toMatchObject({ up: [], changedMeanwhile: ["Deployment/scaled"] });
    expect(result.unreadable).toEqual(["Deployment/forged", "Deployment/typo"]);
    expect(replicasOf(cluster, "scaled")).toBe(2);
  });

  it.each([
    ["mon-fri 07:00-19:00", "2027-03-01T06:59:00Z", false],
    ["mon-fri 07:00-19:00", "2027-03-01T07:00:00Z", true],
    ["mon-fri 07:00-19:00", "2027-03-05T18:59:00Z", true],
    ["mon-fri 07:00-19:00", "2027-03-05T19:00:00Z", false],
    ["mon-fri 07:00-19:00", SUNDAY_NOON, false],
    ["sat-sun 00:00-23:59", SUNDAY_NOON, true],
    ["fri-mon 08:00-20:00", TUESDAY_NOON, false],
    ["fri-mon 08:00-20:00", SUNDAY_NOON, true],
    ["mon-fri 22:00-06:00", "2027-03-06T05:59:00Z", true],
    ["mon-fri 22:00-06:00", "2027-03-01T05:59:00Z", false],
    ["mon-fri 22:00-06:00", TUESDAY_NIGHT, true],
  ])("knows whether it is within %s at %s: %s", async (hours, time, isOpen) => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([workload("web")]);
    expect((await runAt(time, cluster, { hours })).down).toEqual(isOpen ? [] : ["Deployment/web"]);
  });

  it("uses the time zone of the hours, and a workload's own hours", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([
      workload("web"),
      workload("night", { annotations: { "errand/office-hours": "mon-fri 20:00-23:00" } }),
      workload("always", { annotations: { "errand/office-hours": "always" } }),
    ]);
    // 06:30 in UTC is 07:30 in Berlin in winter.
    const result = await runAt("2027-03-02T06:30:00Z", cluster, { timeZone: "Europe/Berlin" });
    expect(result.down).toEqual(["Deployment/night"]);
  });
});
