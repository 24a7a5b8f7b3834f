import { describe, expect, it } from "vitest";
import helmHistory from "../../jobs/helm-history.ts";
import { runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

/** A revision as Helm stores it. */
function revision(release: string, version: number, status = "superseded", labels: object = {}) {
  const metadata = {
    name: `sh.helm.release.v1.${release}.v${version}`,
    namespace: "shop",
    labels: { owner: "helm", name: release, version: String(version), status, ...labels },
  };
  return { apiVersion: "v1", kind: "Secret", type: "helm.sh/release.v1", metadata };
}

async function clean(secrets: readonly ReturnType<typeof revision>[], params = {}) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secrets);
  const report = await runJob(helmHistory, cluster, { namespace: "shop", params });
  const left = cluster.store.all(cluster.resourceOf("v1", "Secret"), "shop").map(({ metadata }) => metadata.name);
  return { report, left: left.map((name) => name.replace("sh.helm.release.v1.", "")).sort() };
}

describe("helm-history", () => {
  it("keeps the deployed revision and the newest before it, by number rather than name", async () => {
    const web = Array.from({ length: 12 }, (_, index) =>
      revision("web", index + 1, index === 11 ? "deployed" : undefined),
    );
    const { report, left } = await clean([...web, revision("db", 1, "deployed")], { keep: 3 });
    expect(left).toEqual(["db.v1", "web.v10", "web.v11", "web.v12", "web.v9"]);
    expect(report).toMatchObject({ outcome: "succeeded", result: { deleted: 8, kept: { web: 4, db: 1 } } });
  });

  it("keeps the deployed revision however old it is, and every failed one after it", async () => {
    const { left } = await clean(
      [
        revision("web", 1),
        revision("web", 2, "deployed"),
        revision("web", 3, "failed"),
        revision("web", 4, "failed"),
        revision("web", 5, "failed"),
      ],
      { keep: 1 },
    );
    expect(left).toEqual(["web.v2", "web.v3", "web.v4", "web.v5"]);
  });

  it("skips a release that is not deployed, or that Helm is working on", async () => {
    const { report } = await clean(
      [
        ...[1, 2, 3].map((number) => revision("gone", number, "uninstalled")),
        ...[1, 2, 3].map((number) =>
          revision("busy", number, number === 3 ? "pending-upgrade" : number === 2 ? "deployed" : undefined),
        ),
      ],
      { keep: 1 },
    );
    expect(report).toMatchObject({ result: { deleted: 0, kept: { gone: 3, busy: 3 } } });
  });

  it("deletes nothing that only has Helm's labels", async () => {
    const forged = [1, 2, 3].map((version) => ({
      ...revision("web", version, version === 3 ? "deployed" : undefined),
      metadata: {
        ...revision("web", version).metadata,
        name: `password-${version}`,
      },
    }));
    const { report, left } = await clean(forged, { keep: 1 });
    expect(left).toEqual(["password-1", "password-2", "password-3"]);
    expect(report).toMatchObject({ result: { deleted: 0, unreadable: ["password-1", "password-2", "password-3"] } });
  });
});
