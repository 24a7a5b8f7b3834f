import type { TestProject } from "vitest/node";
import { ClusterFixture } from "./host/cluster-fixture.ts";

/**
 * Starts the one cluster that all files of the project share, and ends it after the last.
 *
 * @param project receives how to use the cluster; tests read it with `inject("cluster")`
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await ClusterFixture.start();
  project.provide("cluster", cluster.access);
  return () => cluster.stop();
}
