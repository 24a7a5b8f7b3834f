import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { resolveSettings, withConfiguredTarget } from "../../../deploy/project/load-config.ts";
import { project } from "../../support/project.ts";

let folder: string;
beforeEach(() => {
  folder = project();
});
function writeConfig(text: string, name = "errand.config.ts"): void {
  writeFileSync(
    join(folder, name),
    `import { defineConfig } from "errand/config";\nexport default defineConfig(${text});`,
  );
}

const job = { access: {}, env: { A: "job", B: "job", C: "job" }, resources: { limits: { memory: "1Gi" } } } as const;
const resolve = (flags = {}, at = folder) => resolveSettings("jobs/x.ts", job, flags, at);

describe("resolveSettings", () => {
  it("prefers flags to the environment, the configuration, the job file and the defaults, in this order", async () => {
    writeConfig(
      `{ image: "node:25", env: { B: "config", C: "config" }, environments: { prod: { image: "node:27", env: { C: "prod" } }, test: { image: "node:1" } } }`,
    );
    const { settings, origins } = await resolve({ env: "prod", bundledImage: "app:3" });
    expect(settings).toMatchObject({
      image: "node:27",
      bundledImage: "app:3",
      env: { A: "job", B: "config", C: "prod" },
      resources: { limits: { memory: "1Gi" } },
    });
    expect(Object.fromEntries(origins.map(({ path, source }) => [path, source]))).toEqual({
      "env.A": "jobs/x.ts",
      "env.B": "errand.config.ts",
      "env.C": "errand.config.ts, environment prod",
      image: "errand.config.ts, environment prod",
      bundledImage: "--bundled-image",
      "resources.limits.memory": "jobs/x.ts",
    });
    expect((await resolve({ env: "prod", image: "node:30" })).settings.image).toBe("node:30");
  });

  it("evaluates the configuration once, and again only when it was changed", async () => {
    const log = join(folder, "runs.txt");
    const text = (namespace: string) =>
      `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(log)}, "${namespace} ");\nexport default { namespace: "${namespace}" };`;
    writeFileSync(join(folder, "errand.config.ts"), text("one"));
    await Promise.all([resolve(), resolve(), withConfiguredTarget({}, folder)]);
    writeFileSync(join(folder, "errand.config.ts"), text("another"));
    expect((await resolve()).settings.namespace).toBe("another");
    expect(readFileSync(log, "utf8")).toBe("one another ");
  });

  it("uses the job file and the defaults when there is no configuration", async () => {
    const { settings, origins } = await resolve();
    expect(settings.image).toMatch(/^node:.*-slim$/);
    expect(origins.find(({ path }) => path === "image")?.source).toBe("default");
  });

  it("finds the configuration above a folder of a project, but none beyond the project's top", async () => {
    writeConfig(`{ namespace: "above" }`);
    const inside = join(folder, "a/b");
    mkdirSync(inside, { recursive: true });
    expect((await resolve({}, inside)).settings.namespace).toBe("above");
    writeFileSync(join(folder, "a/package-lock.json"), "{}");
    expect((await resolve({}, inside)).settings.namespace).toBeUndefined();
  });

  it("takes only the job's own parameters, each as a whole, and prefers those of flags and the environment", async () => {
    writeConfig(
      `{ jobs: { x: { params: { where: { a: 1 }, most: 1, kept: true } }, y: { params: { most: 9 } } }, environments: { prod: { jobs: { x: { params: { where: { b: 2 }, most: 2 } } } } } }`,
    );
    const { settings, origins } = await resolve({ env: "prod", scheduleParams: { most: 3 } });
    expect(settings.params).toEqual({ where: { b: 2 }, most: 3, kept: true });
    expect(settings).not.toHaveProperty("jobs");
    const sources = origins.map(({ path, source }) => [path, source]).filter(([path]) => path?.startsWith("params"));
    expect(Object.fromEntries(sources)).toEqual({
      "params.kept": "errand.config.ts",
      "params.most": "-p",
      "params.where": "errand.config.ts, environment prod",
    });
    expect((await resolveSettings("jobs/another.ts", job, {}, folder)).settings).not.toHaveProperty("params");
  });

  it.each([
    ["parameters that are a list", `{ jobs: { x: { params: [] } } }`, "jobs.x.params: expected parameters by name"],
    ["a job's name that is a file name", `{ jobs: { "x.ts": {} } }`, "jobs.x.ts: is not a valid job name"],
    [
      "an unknown environment",
      `{ environments: { prod: {} } }`,
      "--env test: errand.config.ts has no such environment",
    ],
    ["an unknown setting", `{ imag: "x" }`, 'errand.config.ts: imag: unknown setting; did you mean "image"?'],
    [
      "an empty string",
      `{ environments: { test: { namespace: "" } } }`,
      "environments.test.namespace: expected a non-empty string",
    ],
    [
      "a label of errand's",
      `{ labels: { "app.kubernetes.io/name": "x" } }`,
      "labels.app.kubernetes.io/name: is reserved for errand",
    ],
    [
      "a label that would grant every job's ClusterRole to others",
      `{ labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } }`,
      "labels.rbac.authorization.k8s.io/aggregate-to-view: is reserved for errand",
    ],
    ["a label with a blank", `{ labels: { team: "a b" } }`, "labels.team: expected at most 63"],
    [
      "a resource that is not a quantity",
      `{ resources: { limits: { memory: "much" } } }`,
      "resources.limits.memory: expected",
    ],
    ["an API server without a range", `{ apiServer: ["10.0.0.1"] }`, "apiServer: expected a list of address ranges"],
    ["a variable of errand's", `{ env: { ERRAND_JOB: "x" } }`, "env.ERRAND_JOB: is set by errand"],
    [
      "a pod patch of a field of errand's own",
      `{ pod: { spec: { serviceAccountName: "x" } } }`,
      "pod.spec.serviceAccountName: is errand's own",
    ],
    ["a mesh that is a text", `{ mesh: "off" }`, "mesh: expected true or false"],
  ])("refuses the configuration when it has %s", async (_what, text, message) => {
    writeConfig(text);
    await expect(resolve({ env: text.includes("environments") ? "test" : undefined })).rejects.toThrow(message);
  });

  it("accepts the configuration that the documentation shows", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../../deploy/README.md"), "utf8");
    const [example = ""] = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code ?? "");
    writeFileSync(join(folder, "errand.config.ts"), example);
    expect((await resolve({ env: "production" })).settings).toMatchObject({ namespace: "shop", queue: "nightly" });
  });

  it("fails when an environment is named and there is no configuration", async () => {
    writeFileSync(join(folder, "package-lock.json"), "{}");
    await expect(resolve({ env: "prod" })).rejects.toThrow("--env prod: no errand.config.ts");
  });
});

describe("withConfiguredTarget", () => {
  it("uses context and namespace of the configuration when flags do not set them", async () => {
    writeConfig(`{ namespace: "all", environments: { prod: { context: "p" } } }`);
    await expect(withConfiguredTarget({ env: "prod" }, folder)).resolves.toMatchObject({
      namespace: "all",
      context: "p",
    });
    await expect(withConfiguredTarget({ namespace: "mine" }, folder)).resolves.toMatchObject({ namespace: "mine" });
  });
});
