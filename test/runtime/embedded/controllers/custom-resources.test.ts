import { describe, expect, it } from "vitest";
import { call, startCluster } from "../cluster-setup.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GADGETS = "/apis/example.com/v1/namespaces/default/gadgets";

function definition(spec: object = {}) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Gadget", plural: "gadgets", shortNames: ["gd"] },
      versions: [
        { name: "v1", served: true, storage: true, subresources: { status: {} } },
        { name: "v1alpha1", served: false, storage: false },
      ],
      ...spec,
    },
  };
}

const gadget = { apiVersion: "example.com/v1", kind: "Gadget", metadata: { name: "one" }, spec: { size: 1 } };

async function startWithGadgets() {
  const cluster = await startCluster();
  expect((await call(cluster, { method: "GET", path: GADGETS })).status).toBe(404);
  await call(cluster, { method: "POST", path: DEFINITIONS, body: definition() });
  return cluster;
}

describe("serveCustomResources", () => {
  it("serves the resource of a CustomResourceDefinition, with its subresources", async () => {
    const cluster = await startWithGadgets();
    const created = await call(cluster, {
      method: "POST",
      path: GADGETS,
      body: { ...gadget, status: { ready: true } },
    });
    expect(created).toMatchObject({ status: 201, body: { spec: { size: 1 }, metadata: { generation: 1 } } });
    expect(created.body).not.toHaveProperty("status");
    const status = { ...created.body, status: { ready: true } };
    const updated = await call(cluster, { method: "PUT", path: `${GADGETS}/one/status`, body: status });
    expect(updated).toMatchObject({ status: 200, body: { status: { ready: true } } });
    expect((await call(cluster, { method: "GET", path: GADGETS })).body).toMatchObject({
      kind: "GadgetList",
      items: [{ spec: { size: 1 } }],
    });
  });

  it("lists it in discovery, only in served versions", async () => {
    const cluster = await startWithGadgets();
    const { body } = await call(cluster, { method: "GET", path: "/apis/example.com/v1" });
    expect(body.resources).toMatchObject([
      { name: "gadgets", kind: "Gadget", namespaced: true, shortNames: ["gd"] },
      { name: "gadgets/status" },
    ]);
    expect((await call(cluster, { method: "GET", path: "/apis/example.com/v1alpha1" })).status).toBe(404);
  });

  it("sets the definition's condition Established", async () => {
    const cluster = await startWithGadgets();
    await expect
      .poll(
        async () => (await call(cluster, { method: "GET", path: `${DEFINITIONS}/gadgets.example.com` })).body.status,
      )
      .toMatchObject({
        conditions: [
          { type: "NamesAccepted", status: "True" },
          { type: "Established", status: "True" },
        ],
        acceptedNames: { kind: "Gadget" },
        storedVersions: ["v1"],
      });
  });

  it("stops serving it and deletes its objects with the definition", async () => {
    const cluster = await startWithGadgets();
    await call(cluster, { method: "POST", path: GADGETS, body: gadget });
    await call(cluster, { method: "DELETE", path: `${DEFINITIONS}/gadgets.example.com` });
    expect((await call(cluster, { method: "GET", path: GADGETS })).status).toBe(404);
    await call(cluster, { method: "POST", path: DEFINITIONS, body: definition() });
    expect((await call(cluster, { method: "GET", path: GADGETS })).body.items).toEqual([]);
  });

  it("ignores a definition of a built-in resource", async () => {
    const cluster = await startCluster();
    const names = { kind: "Deployment", plural: "deployments" };
    const body = definition({ group: "apps", names, scope: "Cluster" });
    await call(cluster, { method: "POST", path: DEFINITIONS, body });
    await call(cluster, { method: "DELETE", path: `${DEFINITIONS}/gadgets.example.com` });
    expect((await call(cluster, { method: "GET", path: "/apis/apps/v1/namespaces/default/deployments" })).status).toBe(
      200,
    );
  });
});
