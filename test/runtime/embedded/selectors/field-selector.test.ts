import { describe, expect, it } from "vitest";
import type { ApiObject } from "../../../../runtime/embedded/objects/api-object.ts";
import { matchesFields, parseFieldSelector } from "../../../../runtime/embedded/selectors/field-selector.ts";

const POD = { group: "", kind: "Pod" };

const pod: ApiObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", namespace: "team", uid: "1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { nodeName: "node-1" },
  status: { phase: "Running" },
};

describe("parseFieldSelector", () => {
  it.each([
    ["", true],
    ["metadata.name=a", true],
    ["metadata.name==a,metadata.namespace=team", true],
    ["metadata.name!=a", false],
    ["status.phase=Running", true],
    ["status.phase!=Running,status.phase!=Pending", false],
    ["spec.nodeName=", false],
    ["status.podIP=", true],
    ["spec.hostNetwork=false", true],
  ])("matches like Kubernetes: %j", (text, matches) => {
    expect(matchesFields(parseFieldSelector(text, POD), pod)).toBe(matches);
  });

  it("reads an escaped character as part of the value", () => {
    expect(parseFieldSelector("metadata.name=a\\,b\\=c\\\\d", POD)).toEqual([
      { field: "metadata.name", equal: true, value: "a,b=c\\d" },
    ]);
  });

  it.each([
    ["nonsense", POD, "invalid selector: 'nonsense'; can't understand 'nonsense'"],
    ["spec.image=a", POD, "field label not supported: spec.image"],
    ["spec.x=a", { group: "batch", kind: "Job" }, 'field label "spec.x" not supported for Job'],
    ["spec.x=a", { group: "apps", kind: "Deployment" }, '"spec.x" is not a known field selector'],
  ])("refuses %j", (text, kind, message) => {
    expect(() => parseFieldSelector(text, kind)).toThrow(message);
  });

  it("selects Jobs by status.successful", () => {
    const job: ApiObject = { ...pod, kind: "Job", status: { succeeded: 1 } };
    const kind = { group: "batch", kind: "Job" };
    expect(matchesFields(parseFieldSelector("status.successful=1", kind), job)).toBe(true);
    expect(matchesFields(parseFieldSelector("status.successful=0", kind), { ...job, status: {} })).toBe(true);
  });
});
