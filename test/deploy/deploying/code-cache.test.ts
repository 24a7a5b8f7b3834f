import { describe, expect, it } from "vitest";
import { codeCaches } from "../../../deploy/deploying/code-caches.ts";
import { deployJobs } from "../../../deploy/deploying/deploy-jobs.ts";
import type { KubeObject } from "../../../runtime/kube/objects.ts";
import { embeddedTarget, preparedJob } from "./embedded-target.ts";

const CACHE = { files: { "v26.0.0-linux-x64.code": new Uint8Array([1, 2, 3]) } };
const DATA = { "v26.0.0-linux-x64.code": "AQID" };
const OPTIONS = { dryRun: false, force: false };
const job = preparedJob("sweep", { access: { pods: ["list"] } });
const BUNDLE = { apiVersion: "v1", kind: "ConfigMap", namespace: "team-a", name: "errand-sweep-0123456789" };

async function deployer() {
  const { targetIn } = await embeddedTarget("team-a");
  const { api, ...rest } = targetIn("team-a");
  return {
    deploy: (codeCacheOf: () => Promise<typeof CACHE | undefined>, { refuse = "", prepared = job } = {}) => {
      const send: typeof api.send = (request) => api.send(request);
      const through = {
        ...api,
        create: (object: KubeObject) =>
          refuse === "" ? api.create(object) : send({ method: "POST", path: refuse, query: [], headers: {} }),
      } as typeof api;
      return deployJobs({ ...rest, api: through }, [prepared], { ...OPTIONS, codeCacheOf });
    },
    bundle: () => api.get<KubeObject>(BUNDLE),
    cache: () => api.get<KubeObject & { binaryData: object }>({ ...BUNDLE, name: `${BUNDLE.name}-cache` }),
  };
}

describe("deployJobs", () => {
  it("puts the code cache into a ConfigMap that belongs to the bundle's, so that it goes with it", async () => {
    const { deploy, bundle, cache } = await deployer();
    await deploy(async () => CACHE);
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: BUNDLE.name, uid: (await bundle())?.metadata.uid };
    expect(await cache()).toMatchObject({ immutable: true, binaryData: DATA });
    expect((await cache())?.metadata.ownerReferences).toEqual([owner]);
  });

  it("leaves a code cache as it is when the revision has one already, and makes no other", async () => {
    const { deploy, cache } = await deployer();
    await deploy(async () => CACHE);
    const [deployed] = await deploy(() => Promise.reject(new Error("must not be made")));
    expect(deployed?.changes.map(({ change }) => change)).not.toContain("removed");
    expect(await cache()).toMatchObject({ binaryData: DATA });
  });

  it("removes the code cache of the revision before", async () => {
    const { deploy, bundle, cache } = await deployer();
    await deploy(async () => CACHE);
    await deploy(async () => CACHE, { prepared: preparedJob("sweep", { access: {} }, "f".repeat(10)) });
    expect(await cache()).toBeUndefined();
    expect(await bundle()).toBeDefined();
  });

  it("deploys without a code cache when none can be made, or the API server takes none", async () => {
    const { deploy, cache, bundle } = await deployer();
    await deploy(async () => undefined);
    await deploy(async () => CACHE, { refuse: "/api/v1/namespaces/team-a/nothing-of-the-kind" });
    expect(await bundle()).toBeDefined();
    expect(await cache()).toBeUndefined();
  });
});

describe("codeCaches", () => {
  const withImage = (image: string) => ({ ...job, settings: { ...job.settings, image } });

  it("makes none when the image's tag names another version of Node", async () => {
    expect(await codeCaches("26.0.0")(withImage("registry.example/node:26.0.1-slim"))).toBeUndefined();
  });

  it("makes one for all namespaces of a deploy", () => {
    const codeCacheOf = codeCaches("26.0.0");
    const first = codeCacheOf(withImage("node:26.0.0-slim"));
    expect(codeCacheOf(withImage("node:26.0.0-slim"))).toBe(first);
    return first;
  });
});
