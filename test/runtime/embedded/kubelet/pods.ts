import { brotliCompressSync } from "node:zlib";
import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";

const FLAGS = [
  "--permission",
  "--allow-net",
  "--disable-warning=ExperimentalWarning",
  "--allow-fs-read=/program/",
  "--allow-fs-read=/var/run/secrets/kubernetes.io/serviceaccount/",
  "--allow-fs-write=/dev/termination-log",
];

/** A ConfigMap with a program, and the spec of a pod that mounts and runs it as errand's pods do. */
export function programAndPodSpec(source: string, more: object = {}) {
  const program: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "program", namespace: "team" },
    data: { "main.cjs": source },
    binaryData: { "main.cjs.br": brotliCompressSync(source).toString("base64") },
  } as KubeObject;
  const spec = {
    nodeName: "embedded-node",
    serviceAccountName: "default",
    containers: [
      {
        name: "job",
        image: "node:26",
        command: ["node", ...FLAGS, "/program/main.cjs"],
        env: [{ name: "GREETING", value: "hello" }],
        volumeMounts: [{ name: "program", mountPath: "/program", readOnly: true }],
      },
    ],
    volumes: [{ name: "program", configMap: { name: "program" } }],
    ...more,
  };
  return { program, spec };
}

/** Both, with the pod. */
export function programInPod(source: string, more: object = {}): KubeObject[] {
  const { program, spec } = programAndPodSpec(source, more);
  return [program, { apiVersion: "v1", kind: "Pod", metadata: { name: "it", namespace: "team" }, spec } as KubeObject];
}
