import { describe, expect, it } from "vitest";
import { findOwnFieldProblems } from "../../../deploy/settings/own-fields.ts";

const job = (fields: object) => ({ spec: { containers: [{ name: "job", ...fields }] } });

describe("findOwnFieldProblems", () => {
  it("finds nothing when a patch sets only what errand leaves open", () => {
    const patch = {
      metadata: { labels: { team: "shop" }, annotations: { "example.com/note": "a text with blanks" } },
      spec: {
        nodeSelector: { disk: "ssd" },
        priorityClassName: "low",
        securityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
        initContainers: [{ name: "proxy", restartPolicy: "Always" }],
        volumes: [{ name: "scratch", emptyDir: {} }],
        containers: [
          {
            name: "job",
            volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
            env: [{ name: "A" }],
            envFrom: [{ prefix: "APP_", configMapRef: { name: "app" } }],
          },
        ],
      },
    };
    expect(findOwnFieldProblems(patch)).toEqual([]);
  });

  it("allows another token below the folder where kubelets mount tokens", () => {
    const volumeMounts = [{ name: "x", mountPath: "/var/run/secrets/eks.amazonaws.com/serviceaccount" }];
    expect(findOwnFieldProblems(job({ volumeMounts }))).toEqual([]);
  });

  it.each([
    [{ spec: { serviceAccountName: "x" } }, "pod.spec.serviceAccountName"],
    [{ spec: { automountServiceAccountToken: false } }, "pod.spec.automountServiceAccountToken"],
    [{ spec: { shareProcessNamespace: true } }, "pod.spec.shareProcessNamespace"],
    [
      { spec: { initContainers: [{ name: "vault", volumeMounts: [{ name: "errand-token", mountPath: "/token" }] }] } },
      "pod.spec.initContainers[vault].volumeMounts",
    ],
    [{ spec: { restartPolicy: "OnFailure" } }, "pod.spec.restartPolicy"],
    [{ spec: { terminationGracePeriodSeconds: 1 } }, "pod.spec.terminationGracePeriodSeconds"],
    [{ spec: { volumes: [{ name: "bundle", emptyDir: {} }] } }, "pod.spec.volumes[bundle]"],
    [{ spec: { volumes: [{ name: "secrets", emptyDir: {} }] } }, "pod.spec.volumes[secrets]"],
    [{ spec: { containers: [{ name: "sidecar" }] } }, "pod.spec.containers[sidecar]"],
    [job({ command: ["sh"] }), "pod.spec.containers[job].command"],
    [job({ args: ["x"] }), "pod.spec.containers[job].args"],
    [job({ image: "x" }), "pod.spec.containers[job].image"],
    [job({ env: [{ name: "ERRAND_JOB", value: "x" }] }), "pod.spec.containers[job].env[ERRAND_JOB]"],
    [
      job({ volumeMounts: [{ name: "x", mountPath: "/errand/x" }] }),
      "pod.spec.containers[job].volumeMounts[/errand/x]",
    ],
    [
      job({ volumeMounts: [{ name: "x", mountPath: "/scratch/..//errand" }] }),
      "pod.spec.containers[job].volumeMounts[/scratch/..//errand]",
    ],
    [
      job({
        volumeMounts: [
          { name: "x", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", subPath: "ca.crt" },
        ],
      }),
      "pod.spec.containers[job].volumeMounts[/var/run/secrets/kubernetes.io/serviceaccount/ca.crt]",
    ],
    [
      job({ volumeMounts: [{ name: "x", mountPath: "/var/run/errand/plan" }] }),
      "pod.spec.containers[job].volumeMounts[/var/run/errand/plan]",
    ],
    [job({ envFrom: [{ configMapRef: { name: "app" } }] }), "pod.spec.containers[job].envFrom[0]"],
    [
      job({ envFrom: [{ prefix: "APP_" }, { prefix: "N", secretRef: { name: "app" } }] }),
      "pod.spec.containers[job].envFrom[1]",
    ],
    [job({ envFrom: [{ prefix: "node_", secretRef: { name: "app" } }] }), "pod.spec.containers[job].envFrom[0]"],
    [job({ envFrom: [{ prefix: "ERRAND_PLAN" }] }), "pod.spec.containers[job].envFrom[0]"],
    [
      job({ volumeMounts: [{ name: "x", mountPath: "/run/secrets/kubernetes.io/serviceaccount" }] }),
      "pod.spec.containers[job].volumeMounts[/run/secrets/kubernetes.io/serviceaccount]",
    ],
    [
      job({ volumeMounts: [{ name: "x", mountPath: "/var/run/secrets/" }] }),
      "pod.spec.containers[job].volumeMounts[/var/run/secrets/]",
    ],
    [job({ volumeMounts: [{ name: "x", mountPath: "/dev" }] }), "pod.spec.containers[job].volumeMounts[/dev]"],
    [{ metadata: { labels: { "app.kubernetes.io/version": "x" } } }, "pod.metadata.labels.app.kubernetes.io/version"],
    [{ metadata: { name: "x" } }, "pod.metadata.name"],
    [{ spec: { containers: null } }, "pod.spec.containers"],
    [{ spec: { volumes: null } }, "pod.spec.volumes"],
    [{ spec: { automountServiceAccountToken: null } }, "pod.spec.automountServiceAccountToken"],
    [job({ env: null }), "pod.spec.containers[job].env"],
    [job({ volumeMounts: null }), "pod.spec.containers[job].volumeMounts"],
    [job({ resources: null }), "pod.spec.containers[job].resources"],
    [{ spec: { volumes: [{ name: "errand-token", emptyDir: {} }] } }, "pod.spec.volumes[errand-token]"],
    [{ kind: "Pod" }, "pod.kind"],
    ["spec", "pod"],
  ])("names the field when the patch is %j", (patch, field) => {
    expect(findOwnFieldProblems(patch).map((each) => each.field)).toEqual([field]);
  });
});
