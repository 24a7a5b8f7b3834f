import type { TestProject } from "vitest/node";
import { buildHelm } from "./build/helm.ts";
import { buildKubeScore } from "./build/kube-score.ts";
import { ClusterFixture } from "./host/cluster-fixture.ts";

/**
 * Starts the one cluster that all files of the project share, and ends it after the last. What has to be built is built before: a compiler beside
 * the tests would take the machine from the pods that they wait for.
 *
 * @param project receives how to use the cluster; tests read it with `inject("cluster")`
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  await buildHelm(tell);
  await buildKubeScore(tell);
  const cluster = await ClusterFixture.start();
  project.provide("cluster", cluster.access);
  return () => cluster.stop();
}
