import { afterAll, beforeAll, test } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { conformanceCases } from "./cases.ts";
import { runCase } from "./run-case.ts";

let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
});

afterAll(() => cluster.close());

test.concurrent.each(conformanceCases.map((one, index) => ({ ...one, index })))(
  "embedded: $title",
  async ({ index, ...one }) => {
    const api = { url: cluster.url, ca: cluster.ca, admin: { token: cluster.adminToken } };
    await runCase(api, one, `case-${index}`);
  },
);
