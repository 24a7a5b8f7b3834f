import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../../deploy/project/load-config.ts";
import { prepareJob } from "../../../deploy/project/prepare.ts";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";

/** A cluster, and the path of its kubeconfig; both are gone with the test. */
async function clusterWithKubeconfig() {
  const cluster = await startEmbeddedCluster();
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  onTestFinished(async () => {
    await cluster.close();
    await rm(folder, { recursive: true });
  });
  const kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, cluster.kubeconfig("team"));
  return { cluster, kubeconfig };
}

async function deployInventory(kubeconfig: string) {
  const job = await prepareJob("jobs/inventory.ts");
  await using target = await connect({ kubeconfig });
  return await deployJobs(target, [job], { dryRun: false, force: false });
}

describe("the kubeconfig of an embedded cluster", () => {
  it("lets errand deploy as to any cluster: everything is created, and nothing changes the second time", async () => {
    const { cluster, kubeconfig } = await clusterWithKubeconfig();
    cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } }]);
    const [first] = await deployInventory(kubeconfig);
    const [second] = await deployInventory(kubeconfig);
    expect(first?.namespace).toBe("team");
    expect(first?.changes.map(({ object, change }) => `${object.kind} ${change}`)).toEqual([
      "ServiceAccount created",
      "Role created",
      "RoleBinding created",
      "ConfigMap created",
      "CronJob created",
    ]);
    expect(new Set(second?.changes.map(({ change }) => change))).toEqual(new Set(["unchanged"]));
  });

  it("creates no missing namespace, and applies nothing then", async () => {
    const { cluster, kubeconfig } = await clusterWithKubeconfig();
    await expect(deployInventory(kubeconfig)).rejects.toThrow('Namespace "team" does not exist: nothing was applied');
    expect(cluster.audit.events.filter(({ verb, dryRun, code }) => verb === "patch" && !dryRun && code < 300)).toEqual(
      [],
    );
  });
});
