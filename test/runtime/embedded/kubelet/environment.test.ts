import { describe, expect, it } from "vitest";
import { containerEnvironment, nodeEnvironment } from "../../../../runtime/embedded/kubelet/environment.ts";
import type { EnvironmentVariable, Pod } from "../../../../runtime/embedded/kubelet/pod.ts";

const pod: Pod = {
  metadata: {
    name: "a",
    namespace: "team",
    uid: "1",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { "batch.kubernetes.io/job-name": "run-1" },
    annotations: { "batch.kubernetes.io/job-index-failure-count": "2" },
  },
  spec: { containers: [], serviceAccountName: "account" },
};

const KEYS: Readonly<Record<string, string>> = { "ConfigMap/settings/color": "red", "Secret/password/text": "s3cret" };

function environment(...env: readonly EnvironmentVariable[]) {
  return containerEnvironment(pod, { name: "main", env }, (kind, name, key) => KEYS[`${kind}/${name}/${key}`]);
}

const field = (name: string, fieldPath: string): EnvironmentVariable => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

describe("containerEnvironment", () => {
  it("resolves fields of the pod; an absent label is empty", () => {
    expect(
      environment(
        field("NAME", "metadata.name"),
        field("NAMESPACE", "metadata.namespace"),
        field("ACCOUNT", "spec.serviceAccountName"),
        field("RUN", "metadata.labels['batch.kubernetes.io/job-name']"),
        field("FAILURES", "metadata.annotations['batch.kubernetes.io/job-index-failure-count']"),
        field("ABSENT", "metadata.labels['absent']"),
      ),
    ).toEqual({ NAME: "a", NAMESPACE: "team", ACCOUNT: "account", RUN: "run-1", FAILURES: "2", ABSENT: "" });
  });

  it("resolves keys of ConfigMaps and Secrets, and omits a missing optional one", () => {
    expect(
      environment(
        { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "password", key: "text" } } },
        { name: "NONE", valueFrom: { secretKeyRef: { name: "absent", key: "text", optional: true } } },
      ),
    ).toEqual({ COLOR: "red", PASSWORD: "s3cret" });
    const missing = { name: "NONE", valueFrom: { configMapKeyRef: { name: "absent", key: "x" } } };
    expect(() => environment(missing)).toThrow("couldn't find key x in ConfigMap absent");
  });

  it("expands references to earlier variables, and reads two dollars as one", () => {
    expect(
      environment(
        { name: "A", value: "1" },
        { name: "B", value: "$(A)2" },
        { name: "C", value: "$(LATER) $$(A) $A" },
        { name: "LATER", value: "" },
      ),
    ).toEqual({ A: "1", B: "12", C: "$(LATER) $(A) $A", LATER: "" });
  });

  it("refuses an unknown field of a pod", () => {
    expect(() => environment(field("X", "spec.absent"))).toThrow("The pod has no field spec.absent");
  });
});

describe("nodeEnvironment", () => {
  it("sets the local paths of API, token and termination log for the runtime", () => {
    const places = { apiHost: "127.0.0.1", apiPort: 6443, serviceAccountFolder: "/t", terminationLog: "/l" };
    expect(nodeEnvironment(pod, places)).toMatchObject({
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: "6443",
      ERRAND_SERVICE_ACCOUNT_FOLDER: "/t",
      ERRAND_TERMINATION_LOG: "/l",
      ERRAND_STATUS_PORT: "0",
    });
  });
});
