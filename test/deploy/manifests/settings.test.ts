import { describe, expect, it } from "vitest";
import { namesBeyondPolicy } from "../../../deploy/manifests/network-policy.ts";
import { podTemplate } from "../../../deploy/manifests/pod-template.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { manifestsToYaml } from "../../../deploy/release/rendering/manifest-files.ts";
import { settingsOfJob } from "../../../deploy/settings/resolve-settings.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import type { HttpHost } from "../../../runtime/job/http-hosts.ts";
import type { PodPatch } from "../../../runtime/kube/surface/pod-patch.ts";
import { renderInput } from "./render-input.ts";

const definition: JobSettings = {
  schedule: "@daily",
  access: { pods: ["list"] },
  env: { PRICE: "5$ $(HOME)" },
  secrets: { token: "billing/token", key: "billing/private.pem", other: "mail/password" },
  egress: [
    { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"], ports: [443] },
    { namespaces: {}, pods: { app: "database" }, ports: [5432] },
  ],
};

const settings = {
  ...settingsOfJob(definition),
  labels: { team: "shop", "app.kubernetes.io/name": "never" },
  annotations: { "example.com/owner": "Shop" },
  queue: "nightly",
  mesh: false,
  apiServer: ["10.96.0.1/32"],
  pod: {
    metadata: { annotations: { "example.com/pod": "yes" } },
    spec: {
      imagePullSecrets: [{ name: "registry" }],
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "spot", operator: "Exists" as const }],
      volumes: [{ name: "scratch", emptyDir: {} }],
      containers: [{ name: "job", volumeMounts: [{ name: "scratch", mountPath: "/scratch" }] }],
    },
  },
};

/** The pod's spec where the job file patches it. */
function podSpecOf(pod: PodPatch) {
  const input = renderInput("patched", { access: { pods: ["list"] }, pod });
  return podTemplate({ ...input, settings: settingsOfJob(input.definition) }).spec;
}

describe("renderManifests", () => {
  it("leaves user and groups to the cluster when they are null, as OpenShift requires", () => {
    const nobody = { runAsUser: null, runAsGroup: null, fsGroup: null };
    expect(podSpecOf({ spec: { securityContext: nobody } }).securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("declares a port, and annotations for Prometheus, only when the job sets metrics", () => {
    const podOf = (metrics: boolean) => {
      const input = renderInput("measured", { access: {}, metrics });
      return podTemplate({ ...input, settings: settingsOfJob(input.definition) });
    };
    const [open] = podOf(true).spec.containers;
    expect(open?.ports).toEqual([{ name: "metrics", containerPort: 8080, protocol: "TCP" }]);
    expect(open?.env).toContainEqual({
      name: "ERRAND_OPEN_ADDRESSES",
      valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIPs" } },
    });
    expect(podOf(true).metadata.annotations).toEqual({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8080",
      "prometheus.io/path": "/metrics",
    });
    expect(JSON.stringify(podOf(false))).not.toMatch(/prometheus|"ports"|ERRAND_OPEN_ADDRESSES|Probe"/);
  });

  it("runs on Linux nodes, and on those that the settings select", () => {
    expect(podSpecOf({}).nodeSelector).toEqual({ "kubernetes.io/os": "linux" });
    const nodeSelector = { disk: "ssd" };
    expect(podSpecOf({ spec: { nodeSelector } }).nodeSelector).toEqual({ "kubernetes.io/os": "linux", disk: "ssd" });
  });

  it("renders exactly the golden manifests when there are settings of all kinds", async () => {
    const yaml = manifestsToYaml(renderManifests({ ...renderInput("with-settings", definition), settings }));
    await expect(yaml).toMatchFileSnapshot("golden/with-settings.yaml");
  });

  it("renders no ConfigMap and mounts none when the bundle is in the image", () => {
    const bundled = {
      ...settingsOfJob({ access: {} }),
      image: "node:24-slim",
      bundledImage: "registry.example/sweep:3",
    };
    const manifests = renderManifests({ ...renderInput("sweep", { access: {} }), image: undefined, settings: bundled });
    expect(manifests.map(({ kind }) => kind)).toEqual(["ServiceAccount", "CronJob"]);
    const text = JSON.stringify(manifests);
    expect(text).not.toContain('"volumes"');
    expect(text).toContain('"image":"registry.example/sweep:3"');
    // The tag is the person's own; which Node is in it, --image says.
    expect(text).not.toContain("--allow-net");
  });

  it("renders a NetworkPolicy only when the job declares egress, and allows only DNS when that is empty", () => {
    const policyOf = (fields: Partial<JobSettings>) =>
      renderManifests(renderInput("sweep", { access: {}, ...fields })).find(({ kind }) => kind === "NetworkPolicy");
    expect(policyOf({})).toBeUndefined();
    expect(policyOf({ egress: [] })?.spec).toMatchObject({ egress: [{ ports: [{ port: 53 }, { port: 53 }] }] });
    expect(policyOf({ http: ["hooks.slack.com"] })).toBeUndefined();
  });

  it("allows the addresses and Services in http by the NetworkPolicy, and finds the names that it cannot contain", () => {
    const http: HttpHost[] = [
      "hooks.slack.com",
      "*.amazonaws.com",
      "10.1.2.3:8080",
      { host: "vault.corp.example:8200", addresses: ["10.2.0.0/16"] },
      "prometheus.monitoring:9090",
      "cache:6379",
    ];
    const manifests = renderManifests(renderInput("sweep", { access: {}, egress: [], http }));
    const spec = manifests.find(({ kind }) => kind === "NetworkPolicy")?.spec as {
      readonly egress: readonly unknown[];
    };
    expect(spec.egress.slice(1)).toEqual([
      { to: [{ ipBlock: { cidr: "10.1.2.3/32" } }], ports: [{ protocol: "TCP", port: 8_080 }] },
      { to: [{ ipBlock: { cidr: "10.2.0.0/16" } }], ports: [{ protocol: "TCP", port: 8_200 }] },
      { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }] },
      { to: [{ podSelector: {} }] },
    ]);
    expect(namesBeyondPolicy(http)).toEqual(["hooks.slack.com", "*.amazonaws.com"]);
  });

  it("has Node's fetch honour the pod's proxy variables where the job calls out, unless the job says otherwise", () => {
    const text = (fields: Partial<JobSettings>) =>
      JSON.stringify(renderManifests(renderInput("sweep", { access: {}, ...fields })));
    expect(text({ http: ["hooks.slack.com"] })).toContain('{"name":"NODE_USE_ENV_PROXY","value":"1"}');
    expect(text({})).not.toContain("NODE_USE_ENV_PROXY");
  });
});
