import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { manifestsToYaml } from "../../../deploy/release/rendering/manifest-files.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { renderInput } from "./render-input.ts";

/** Golden files are written anew by `vitest run -u`; read the difference before it is committed. */
const GOLDEN: Readonly<Record<string, JobSettings>> = {
  "pod-cleanup": {
    description: "Deletes pods that finished a while ago",
    schedule: "*/15 * * * *",
    access: { pods: ["list", "delete"], jobs: ["get"], replicasets: ["get"] },
    limits: { delete: 200 },
    timeout: "5m",
    retries: 2,
  },
  "by-hand": { access: {} },
  "whole-cluster": {
    schedule: "0 3 * * mon",
    timeZone: "Europe/Berlin",
    scope: "cluster",
    access: { nodes: ["list"], pods: ["list"] },
    concurrency: "replace",
    history: { successes: 1, failures: 10 },
    resources: { limits: { memory: "1Gi" }, requests: { cpu: "2" } },
  },
  "some-namespaces": {
    scope: { namespaces: ["team-c", "team-b"] },
    access: {
      configmaps: { verbs: ["patch", "get"], names: ["settings", "flags"] },
      "certificates.cert-manager.io": ["list"],
      "pods/log": ["get"],
      namespaces: ["get"],
    },
  },
  "own-account": { serviceAccountName: "operator", access: { secrets: ["get"] } },
};

describe("renderManifests", () => {
  it.each(Object.entries(GOLDEN))(
    "renders exactly the golden manifests when the job is %s",
    async (name, definition) => {
      const yaml = manifestsToYaml(renderManifests(renderInput(name, definition)));
      await expect(yaml).toMatchFileSnapshot(`golden/${name}.yaml`);
    },
  );

  it("puts what a pod needs before the CronJob", () => {
    const manifests = renderManifests(renderInput("pod-cleanup", { access: { pods: ["list"] }, schedule: "@daily" }));
    expect(manifests.map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "Role",
      "RoleBinding",
      "ConfigMap",
      "CronJob",
    ]);
  });

  it("grants nothing and mounts no token when no access is declared", () => {
    const manifests = renderManifests(renderInput("by-hand", { access: {} }));
    expect(manifests.map(({ kind }) => kind)).toEqual(["ServiceAccount", "ConfigMap", "CronJob"]);
    const text = JSON.stringify(manifests);
    expect(text).not.toContain('"automountServiceAccountToken":true');
    expect(text).not.toContain("serviceAccountToken");
  });

  it("renders no ServiceAccount and no rights when the job names its own", () => {
    const manifests = renderManifests(renderInput("own", GOLDEN["own-account"] ?? { access: {} }));
    expect(manifests.map(({ kind }) => kind)).toEqual(["ConfigMap", "CronJob"]);
  });

  it("marks every object as managed by errand", () => {
    for (const [name, definition] of Object.entries(GOLDEN)) {
      for (const { metadata } of renderManifests(renderInput(name, definition))) {
        expect(metadata.labels["app.kubernetes.io/managed-by"]).toBe("errand");
      }
    }
  });
});
