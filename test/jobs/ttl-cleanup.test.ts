import { describe, expect, it } from "vitest";
import ttlCleanup from "../../jobs/ttl-cleanup.ts";
import { runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

const HOUR_MS = 3_600_000;

function hoursFromNow(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString().replace(/\.\d+Z$/, "Z");
}

const KINDS = { ConfigMap: "v1", Deployment: "apps/v1", PersistentVolumeClaim: "v1", Ingress: "networking.k8s.io/v1" };

/** An object that was created a day ago. */
function object(
  name: string,
  annotations: Readonly<Record<string, string>>,
  kind: keyof typeof KINDS = "ConfigMap",
  metadata: object = {},
) {
  const creationTimestamp = hoursFromNow(-24);
  return {
    apiVersion: KINDS[kind],
    kind,
    metadata: { name, namespace: "shop", creationTimestamp, annotations, ...metadata },
  };
}

async function clean(objects: readonly ReturnType<typeof object>[], params = {}) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects);
  const report = await runJob(ttlCleanup, cluster, { namespace: objects[0]?.metadata.namespace ?? "shop", params });
  const isLeft = ({ apiVersion, kind, metadata }: ReturnType<typeof object>) =>
    cluster.store.get(cluster.resourceOf(apiVersion, kind), metadata.namespace, metadata.name) !== undefined;
  return { report, left: objects.filter(isLeft).map(({ metadata }) => metadata.name) };
}

describe("ttl-cleanup", () => {
  it("deletes expired objects of each kind", async () => {
    const { report, left } = await clean([
      object("config", { "errand/ttl": "23h" }),
      object("web", { "janitor/ttl": "1d" }, "Deployment"),
      object("data", { "errand/ttl": "12h" }, "PersistentVolumeClaim"),
      object("site", { "errand/ttl": "12h" }, "Ingress"),
      object("later", { "errand/ttl": "2d" }),
      object("unmarked", {}),
    ]);
    expect(left).toEqual(["later", "unmarked"]);
    expect(report).toMatchObject({ outcome: "succeeded", result: { deleted: 4, kept: { notYet: 1 }, unreadable: [] } });
  });

  it("deletes objects after their date, in each of kube-janitor's formats, in UTC", async () => {
    const past = hoursFromNow(-48);
    const { left } = await clean([
      object("day", { "janitor/expires": past.slice(0, 10) }),
      object("minute", { "janitor/expires": past.slice(0, 16) }),
      object("second", { "errand/expires": past }),
      object("future", { "errand/expires": hoursFromNow(1) }),
    ]);
    expect(left).toEqual(["future"]);
  });

  it("keeps what never expires, what it cannot read, and what a controller would recreate", async () => {
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "1", controller: true };
    const { report, left } = await clean([
      object("forever", { "janitor/ttl": "forever", "janitor/expires": "2020-01-01" }),
      object("typo", { "errand/ttl": "7 days" }),
      object("date", { "errand/expires": "01.03.2020" }),
      object("owned", { "errand/ttl": "1h" }, "ConfigMap", { ownerReferences: [owner] }),
    ]);
    expect(left).toEqual(["forever", "typo", "date", "owned"]);
    expect(report).toMatchObject({
      result: { deleted: 0, kept: { owned: 1 }, unreadable: ["configmaps/date", "configmaps/typo"] },
    });
  });

  it("prefers errand's annotation over kube-janitor's, and stops at max", async () => {
    const objects = ["a", "b", "c"].map((name) => object(name, { "errand/ttl": "1h", "janitor/ttl": "9w" }));
    expect((await clean(objects, { max: 2 })).report).toMatchObject({ result: { deleted: 2, kept: { overMax: 1 } } });
  });

  it("skips system namespaces", async () => {
    const system = object("config", { "errand/ttl": "1h" }, "ConfigMap", { namespace: "kube-public" });
    expect((await clean([system])).report).toMatchObject({ result: { deleted: 0, kept: { system: 1 } } });
  });
});
