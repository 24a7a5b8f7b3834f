import { describe, expect, it, onTestFinished } from "vitest";
import { whoAmI } from "../../../deploy/cluster/connect.ts";
import { asJob } from "../../../deploy/cluster/identities.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { connect } from "../../../runtime/kube/connect.ts";

const ACCOUNT = { namespace: "shop", name: "sweep" };

async function clusterWith(...names: readonly string[]): Promise<EmbeddedCluster> {
  const cluster = await startEmbeddedCluster();
  onTestFinished(() => cluster.close());
  const accounts = names.map((name) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: "shop" },
  }));
  cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }, ...accounts]);
  return cluster;
}

const configOf = ({ url, ca }: EmbeddedCluster, token: string) => ({
  server: url,
  ca,
  namespace: "shop",
  token: { get: () => Promise.resolve(token) },
});

describe("asJob", () => {
  it("sends requests as the job's ServiceAccount when the person may impersonate it", async () => {
    const cluster = await clusterWith("sweep");
    const client = await connect(await asJob(configOf(cluster, cluster.adminToken), ACCOUNT));
    onTestFinished(() => client.close());
    expect(await whoAmI(client)).toBe("system:serviceaccount:shop:sweep");
  });

  it("says to deploy first when there is no such ServiceAccount", async () => {
    const cluster = await clusterWith();
    await expect(asJob(configOf(cluster, cluster.adminToken), ACCOUNT)).rejects.toMatchObject({
      message: 'Namespace "shop" has no ServiceAccount "sweep"',
      hint: expect.stringContaining("errand deploy FILE"),
    });
  });

  it("passes on the server's own error when it fails", async () => {
    const cluster = await clusterWith("sweep");
    cluster.faults.add({ resource: "selfsubjectreviews", effect: { kind: "status", code: 500 } });
    await expect(asJob(configOf(cluster, cluster.adminToken), ACCOUNT)).rejects.toMatchObject({ code: 500 });
  });

  it("names the right to ask for when the person may not impersonate it", async () => {
    const cluster = await clusterWith("sweep", "somebody");
    const token = cluster.createServiceAccountToken("shop", "somebody");
    await expect(asJob(configOf(cluster, token), ACCOUNT)).rejects.toMatchObject({
      message: 'You may not act as ServiceAccount "sweep" in namespace "shop"',
      hint: expect.stringContaining("impersonate on serviceaccounts"),
      exitCode: 77,
    });
  });
});
