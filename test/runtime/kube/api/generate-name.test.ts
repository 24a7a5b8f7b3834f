import { expect, test } from "vitest";
import { startEmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";
import { connect } from "../../../../runtime/kube/connect.ts";
import { jobClient } from "../server/job-client.ts";
import { fixedToken, reset, startScriptedServer } from "../server/scripted-server.ts";

const LABELS = { "example.test/attempt": "7f3a" };
const OBJECT = { metadata: { generateName: "report-", labels: LABELS }, data: { a: "1" } };

test("create with generateName is not retried if its answer is lost, and its outcome is unknown [I15]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["create"] });
  server.answer(reset);
  await expect(client.kube.configmaps.create(OBJECT)).rejects.toMatchObject({
    reason: "Unreachable",
    outcomeUnknown: true,
  });
  expect(server.requests).toHaveLength(1);
});

test("an object whose generated name was lost is found by its label [I15]", async () => {
  await using cluster = await startEmbeddedCluster();
  const config = { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" };
  cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }]);
  await using behind = await connect(config);
  await using lossy = await startScriptedServer();
  await using client = jobClient(lossy, { configmaps: ["create"] });
  lossy.answer((_response, { body }, socket) => {
    void behind.kube.configmaps.create(JSON.parse(body)).then(() => socket.destroy());
  });
  await expect(client.kube.configmaps.create(OBJECT)).rejects.toMatchObject({ outcomeUnknown: true });
  const found = await behind.kube.configmaps.list({ labelSelector: { matchLabels: LABELS } }).toArray();
  expect(found.map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/^report-[a-z0-9]{5}$/)]);
});
