import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy } from "./runs.ts";
import { until } from "./until.ts";

interface ConfigMapList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

let namespace: TestNamespace;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "code-cache");
});
afterAll(() => namespace.delete());

async function caches(): Promise<readonly string[]> {
  const { items } = await namespace.kubectl.get<ConfigMapList>("configmap");
  return items.map(({ metadata }) => metadata.name).filter((name) => name.endsWith("-cache"));
}

async function nodeOfRun(): Promise<Report["node"]> {
  const { stdout, stderr } = await namespace.errand(["trigger", "needs-nothing", "--wait", "-o", "json"]);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as Report).node;
}

describe("the code cache of a deployed job", () => {
  it("is used by its pods, stays when it is deployed again, and goes with the job", async () => {
    await deploy(namespace, "needs-nothing");
    const [cache] = await caches();
    expect(cache).toMatch(/^errand-needs-nothing-[0-9a-f]{10}-cache$/);
    expect(await nodeOfRun()).toEqual({ version: process.version, codeCache: "used" });
    await deploy(namespace, "needs-nothing");
    expect(await caches()).toEqual([cache]);
    expect(await nodeOfRun()).toMatchObject({ codeCache: "used" });
    const { code, stderr } = await namespace.errand(["remove", "needs-nothing", "--all", "--yes"]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await until("the cache is gone", async () => (await caches()).length === 0);
  });

  it("may be missing", async () => {
    await deploy(namespace, "needs-nothing");
    for (const cache of await caches()) await namespace.kubectl.text(["delete", "configmap", cache]);
    expect(await nodeOfRun()).toEqual({ version: process.version, codeCache: "none" });
  });
});
