import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob, startEmbeddedCluster } from "errand/testing";
import job, { expiresBefore } from "./custom-resource.ts";

const certificates = {
  group: "cert-manager.io",
  version: "v1",
  kind: "Certificate",
  resource: "certificates",
  namespaced: true,
  verbs: ["list"],
  subresources: {},
};

test("the job lists certificates that expire soon, and no others", async () => {
  await using cluster = await startEmbeddedCluster({ customResources: [certificates] });
  const certificate = (name: string, notAfter: string) => ({
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name },
    status: { notAfter },
  });
  cluster.applyObjects([certificate("web", "2026-01-01T00:00:00Z"), certificate("mail", "2999-01-01T00:00:00Z")]);
  const { outcome, result } = await runJob(job, cluster);
  assert.deepEqual({ outcome, result }, { outcome: "succeeded", result: { expiring: ["web"] } });
});

test("expiresBefore is false when the certificate was never issued", () => {
  assert.equal(expiresBefore({ metadata: { name: "web" } }, Date.now()), false);
});
