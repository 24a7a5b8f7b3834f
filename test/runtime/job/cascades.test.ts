import { expect, test } from "vitest";
import { cascadeOf } from "../../../runtime/job/cascades.ts";
import { validateDefinition } from "../../../runtime/job/validate.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";

function problemsOf(access: object, cascades?: unknown): readonly string[] {
  const job = { kind: "errand/job", access, run() {}, ...(cascades === undefined ? {} : { cascades }) };
  return validateDefinition(job, builtinCatalog).map(({ field, message }) => `${field}: ${message}`);
}

test.each([
  [{ namespaces: ["delete"] }, "deleting namespaces deletes everything in it"],
  [{ customresourcedefinitions: ["delete"] }, "deleting customresourcedefinitions deletes everything"],
  [{ deployments: ["delete"] }, "deleting deployments also deletes what it owns"],
  [{ "deployments.apps": ["deletecollection"] }, "deleting deployments.apps also deletes"],
  [{ jobs: { verbs: ["delete"], names: ["one"] } }, "deleting jobs also deletes"],
  [{ "certificates.cert-manager.io": ["delete"] }, "deleting certificates.cert-manager.io also deletes"],
  [{ pods: ["delete"], cronjobs: ["delete"] }, "deleting cronjobs also deletes"],
])("a job with the access %j is refused unless it declares cascades", (access, message) => {
  expect(problemsOf(access)).toEqual([expect.stringContaining(`cascades: ${message}`)]);
  expect(problemsOf(access)[0]).toContain("cascades: true");
  expect(problemsOf(access, true)).toEqual([]);
});

test("a job without cascades may delete owners, but not namespaces", () => {
  expect(problemsOf({ deployments: ["delete"] }, false)).toEqual([]);
  expect(problemsOf({ namespaces: ["delete"] }, false)).toEqual([expect.stringContaining("deletes everything in it")]);
});

test.each([
  [{ pods: ["delete", "deletecollection"], configmaps: ["delete"] }],
  [{ deployments: ["patch", "list"], namespaces: ["get"], "deployments/scale": ["patch"] }],
  [{ "pods/eviction": ["create"], "events.events.k8s.io": ["delete"] }],
])("a job with the access %j cannot cascade", (access) => {
  expect(problemsOf(access)).toEqual([]);
});

test("every built-in workload cascades, and otherwise only containers of objects do", () => {
  const words = builtinCatalog.keys.filter((key) => cascadeOf(builtinCatalog.find(key) ?? { group: "", resource: "" }));
  const all =
    "customresourcedefinitions namespaces cronjobs daemonsets deployments jobs replicasets replicationcontrollers statefulsets";
  expect([...new Set(words.map((word) => word.split(".")[0]))].sort()).toEqual(all.split(" ").sort());
});
