import { describe, expect, it } from "vitest";
import { podTemplate } from "../../../deploy/manifests/pod-template.ts";
import { findRestrictedProblems } from "../../../deploy/manifests/restricted-level.ts";
import { merge } from "../../../deploy/settings/merge.ts";
import { settingsOfJob } from "../../../deploy/settings/resolve-settings.ts";
import type { PodSpec } from "../../../runtime/kube/generated/core-v1.ts";
import { renderInput } from "./render-input.ts";

const definition = { access: {} };
const { spec } = podTemplate({
  ...renderInput("sweep", definition),
  settings: settingsOfJob(definition),
});
const changed = (patch: object) => merge(spec, patch) as PodSpec;
const job = (securityContext: object) => ({ containers: [{ name: "job", securityContext }] });

describe("findRestrictedProblems", () => {
  it("finds nothing in an unpatched pod", () => {
    expect(findRestrictedProblems(spec)).toEqual([]);
  });

  it("finds nothing in a sidecar and volumes that satisfy the level", () => {
    const security = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } };
    const patch = {
      initContainers: [{ name: "proxy", securityContext: security }],
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", persistentVolumeClaim: { claimName: "b" } },
      ],
    };
    expect(findRestrictedProblems(changed(patch))).toEqual([]);
  });

  it.each([
    [{ hostNetwork: true }, "spec.hostNetwork"],
    [{ hostPID: true }, "spec.hostPID"],
    [{ volumes: [{ name: "node", hostPath: { path: "/" } }] }, "spec.volumes[node]"],
    [{ securityContext: { runAsNonRoot: false } }, "runAsNonRoot"],
    [{ securityContext: { runAsUser: 0 } }, "runAsUser"],
    [{ securityContext: { seccompProfile: { type: "Unconfined" } } }, "seccompProfile"],
    [{ securityContext: { sysctls: [{ name: "kernel.x", value: "1" }] } }, "sysctls"],
    [{ securityContext: { seLinuxOptions: { type: "spc_t" } } }, "seLinuxOptions"],
    [job({ privileged: true }), "privileged"],
    [job({ allowPrivilegeEscalation: true }), "allowPrivilegeEscalation"],
    [job({ capabilities: { drop: [] } }), "capabilities.drop"],
    [job({ capabilities: { add: ["SYS_ADMIN"] } }), "SYS_ADMIN"],
    [job({ procMount: "Unmasked" }), "procMount"],
    [{ containers: [{ name: "job", ports: [{ name: "x", containerPort: 1, hostPort: 1 }] }] }, "hostPort"],
    [{ initContainers: [{ name: "proxy" }] }, "spec.initContainers[proxy].securityContext"],
  ])("names the field when a patch is %j", (patch, field) => {
    const problems = findRestrictedProblems(changed(patch));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join("\n")).toContain(field);
  });
});
