import { Agent } from "node:https";
import { afterAll, beforeAll, test } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { conformanceCases } from "./cases.ts";
import { runCase } from "./run-case.ts";

let cluster: EmbeddedCluster;
// A TLS handshake a request would take most of the time.
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
});

afterAll(async () => {
  agent.destroy();
  await cluster.close();
});

test.concurrent.each(conformanceCases.map((one, index) => ({ ...one, index })))(
  "embedded: $title",
  async ({ index, ...one }) => {
    const api = { url: cluster.url, ca: cluster.ca, admin: { token: cluster.adminToken }, agent };
    await runCase(api, one, `case-${index}`);
  },
);
