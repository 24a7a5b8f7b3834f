import { type AddressInfo, connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { openArchive } from "../../../../deploy/hub/archive/archive.ts";
import { archiveSource } from "../../../../deploy/hub/archive/archive-source.ts";
import { hubApp, listen } from "../../../../deploy/hub/serve/hub-app.ts";
import { askOver, hubSource } from "../../../../deploy/hub/serve/hub-source.ts";
import { holdsContract } from "../../source/contract.ts";
import { filledArchive } from "../filled-archive.ts";

holdsContract("a hub that is asked over its port", async (data) => {
  const archive = await filledArchive(data);
  const sourceOf = (namespace: string | undefined) => archiveSource(archive, { namespace, clock: () => data.now });
  const server = await listen(
    hubApp(sourceOf, () => ({})),
    0,
  );
  const { port } = server.address() as AddressInfo;
  const ask = askOver(async () => connect(port, "127.0.0.1"));
  return {
    sourceOf: (namespace) => hubSource(ask, namespace),
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
      archive[Symbol.dispose]();
    },
  };
});

function app(health: () => object | undefined = () => ({ runs: 0 })) {
  const archive = openArchive(":memory:");
  onTestFinished(() => archive[Symbol.dispose]());
  return hubApp((namespace) => archiveSource(archive, { namespace }), health);
}

const at = (path: string, { host = "localhost:7788", method = "GET" } = {}) =>
  new Request(`http://hub${path}`, { method, headers: { host } });

it("the hub accepts only loopback's names, and only reads", async () => {
  const hub = app();
  for (const host of ["127.0.0.1:41234", "localhost", "[::1]:7788"]) {
    expect((await hub.request(at("/healthz", { host }))).status).toBe(200);
  }
  for (const host of ["hub.example.com", "localhost.example.com", "127.0.0.1.nip.io:7788", "10.0.0.1:7788"]) {
    expect((await hub.request(at("/jobs", { host }))).status).toBe(421);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const response = await hub.request(at("/jobs", { method }));
    expect([response.status, await response.text()]).toEqual([405, "The hub only reads. Act with `errand ui`.\n"]);
  }
});

it("the hub is ready once it has seen everything", async () => {
  let state: object | undefined;
  const hub = app(() => state);
  expect((await hub.request(at("/healthz"))).status).toBe(503);
  state = { runs: 3 };
  expect(await (await hub.request(at("/healthz"))).json()).toEqual({ runs: 3 });
});

it("the hub serves the pages without actions", async () => {
  const hub = app();
  const page = await (await hub.request(at("/jobs"))).text();
  expect(page).toContain("<h1");
  expect(page).not.toContain('<form method="post"');
  expect((await hub.request(at("/jobs/shop/sweep/trigger"))).status).toBe(404);
});
