import { describe, expect, it } from "vitest";
import { namespacesNamed, seedObjects } from "../../../../runtime/embedded/seed/seed-objects.ts";
import { builtinResources } from "../../../../runtime/kube/catalog/builtin.ts";
import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";

type Seeded = KubeObject & { readonly spec?: object; readonly status?: object; readonly data?: object };

function seeded(...values: readonly unknown[]): Seeded[] {
  const documents = values.map((value, index) => ({ place: `seed.yaml, document ${index + 1}`, value }));
  return seedObjects(documents, builtinResources(), "run");
}

function pod(name: string, metadata: object = {}, more: object = {}) {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, ...metadata }, ...more };
}

const WIDGETS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets" },
    versions: [{ name: "v1", served: true, storage: true }],
  },
};

describe("seedObjects", () => {
  it("puts an object without a namespace into the run's", () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
    expect(seeded(pod("a"), pod("b", { namespace: "shop" }), node).map(({ metadata }) => metadata?.namespace)).toEqual([
      "run",
      "shop",
      undefined,
    ]);
  });

  it("drops cluster-specific metadata of a dump, and keeps times and status", () => {
    const [one] = seeded(
      pod(
        "a",
        {
          uid: "old",
          resourceVersion: "7",
          managedFields: [{ manager: "kubectl" }],
          creationTimestamp: "2026-01-31T12:00:00Z",
          labels: { app: "a" },
        },
        { status: { phase: "Failed" } },
      ),
    );
    expect(one?.metadata).toEqual({
      name: "a",
      namespace: "run",
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: "2026-01-31T12:00:00Z",
      labels: { app: "a" },
    });
    expect(one?.status).toEqual({ phase: "Failed" });
  });

  it("adds the API server's missing defaults", () => {
    const [one, secret] = seeded(pod("a", { creationTimestamp: null }, { status: {} }), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { key: "value" },
    });
    expect(one?.metadata).not.toHaveProperty("creationTimestamp");
    expect(one).toMatchObject({ spec: { restartPolicy: "Always" }, status: { phase: "Pending" } });
    expect(secret).toMatchObject({ type: "Opaque", data: { key: "dmFsdWU=" } });
  });

  it("replaces the old uid everywhere", () => {
    const old = "7d3c2a54-0d0e-4c57-9d2c-5a7b4a3f1e11";
    const ownerReferences = [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: old, controller: true }];
    const [job, owned] = seeded(
      { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j", uid: old }, spec: {} },
      pod("j-1", { ownerReferences, labels: { "batch.kubernetes.io/controller-uid": old } }),
    );
    const uid = job?.metadata?.uid;
    expect(uid).not.toBe(old);
    expect(owned?.metadata?.ownerReferences).toEqual([{ ...ownerReferences[0], uid }]);
    expect(owned?.metadata?.labels).toEqual({ "batch.kubernetes.io/controller-uid": uid });
  });

  it("replaces a handwritten uid only in owner references", () => {
    const owner = { apiVersion: "batch/v1", kind: "Job", name: "j", uid: "1" };
    const [job, owned] = seeded(
      { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j", uid: "1" }, spec: {} },
      pod("j-1", { ownerReferences: [owner], labels: { shard: "1" } }),
    );
    expect(owned?.metadata).toMatchObject({
      labels: { shard: "1" },
      ownerReferences: [{ ...owner, uid: job?.metadata?.uid }],
    });
  });

  it("finds an owner without uid by its name, in the dependent's namespace", () => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web" };
    const set = (namespace: string) => ({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "web", namespace },
    });
    const [, own, owned] = seeded(
      set("other"),
      set("shop"),
      pod("web-1", { namespace: "shop", ownerReferences: [owner] }),
    );
    expect(owned?.metadata?.ownerReferences).toEqual([{ ...owner, uid: own?.metadata?.uid }]);
  });

  it("finds a cluster-scoped owner", () => {
    const owner = { apiVersion: "v1", kind: "Node", name: "n" };
    const [node, owned] = seeded(
      { apiVersion: "v1", kind: "Node", metadata: { name: "n" } },
      pod("p", { ownerReferences: [owner] }),
    );
    expect(owned?.metadata?.ownerReferences).toEqual([{ ...owner, uid: node?.metadata?.uid }]);
  });

  it("keeps the uid of an owner outside the seed, even if another object has its name", () => {
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "elsewhere" }];
    expect(seeded(pod("web-1", { ownerReferences }))[0]?.metadata?.ownerReferences).toEqual(ownerReferences);
    const recreated = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "web", uid: "new" } };
    expect(seeded(pod("web-1", { ownerReferences }), recreated)[0]?.metadata?.ownerReferences).toEqual(ownerReferences);
  });

  it("accepts custom resources whose definition is anywhere in the seed", () => {
    const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "run" } };
    expect(seeded(widget, namespace, WIDGETS).map(({ kind }) => kind)).toEqual([
      "CustomResourceDefinition",
      "Namespace",
      "Widget",
    ]);
  });

  it("drops another cluster's CA bundle, with which pods would not trust the API server", () => {
    const ca = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kube-root-ca.crt" }, data: { "ca.crt": "x" } };
    expect(seeded(ca)).toEqual([]);
  });

  it.each([
    ["something else than an object", "text", "is not an object"],
    ["an object without a kind", { apiVersion: "v1" }, "needs apiVersion and kind"],
    ["an object without metadata", { apiVersion: "v1", kind: "Pod" }, "Pod needs metadata"],
    [
      "a kind of a version that is not served",
      { apiVersion: "extensions/v1beta1", kind: "Deployment", metadata: { name: "a" } },
      "the embedded API does not serve Deployment of extensions/v1beta1, only of apps/v1",
    ],
    [
      "a custom resource without its definition",
      { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } },
      "the embedded API does not serve Widget of example.com/v1: add its CustomResourceDefinition to the seed",
    ],
    ["an object without a name", { apiVersion: "v1", kind: "Pod", metadata: {} }, "metadata.name must be a string"],
    ["a name that Kubernetes refuses", pod("Not_OK"), 'Pod Not_OK: metadata.name: Invalid value: "Not_OK"'],
    [
      "a label that is a number",
      pod("a", { labels: { tier: 1 } }),
      'metadata.labels["tier"] must be a string: write "1" in quotes',
    ],
    ["annotations that are a list", pod("a", { annotations: [] }), "metadata.annotations must be a map of strings"],
    ["a namespace that is a number", pod("a", { namespace: 7 }), "metadata.namespace must be a string"],
    [
      "a namespace of what has none",
      { apiVersion: "v1", kind: "Node", metadata: { name: "n", namespace: "shop" } },
      "Node n: is cluster-scoped: it has no metadata.namespace",
    ],
    ["a time that is none", pod("a", { creationTimestamp: "yesterday" }), "metadata.creationTimestamp must be a time"],
    ["finalizers that are a text", pod("a", { finalizers: "x" }), "metadata.finalizers must be a list of strings"],
    [
      "an owner without a name",
      pod("a", { ownerReferences: [{ kind: "Job" }] }),
      "metadata.ownerReferences must be a list",
    ],
    [
      "an owner whose uid nobody knows",
      pod("a", { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "j" }] }),
      "its owner Job j has no uid and is not in the seed",
    ],
  ])("refuses %s", (_what, value, message) => {
    expect(() => seeded(value)).toThrow(RangeError);
    expect(() => seeded(value)).toThrow(message);
    expect(() => seeded(value)).toThrow("seed.yaml, document 1: ");
  });

  it("refuses a duplicate object, and names both places", () => {
    expect(() => seeded(pod("a"), pod("b"), pod("a", { namespace: "run" }))).toThrow(
      "seed.yaml, document 3: Pod a is already in seed.yaml, document 1",
    );
  });

  it("lists every problem, up to ten", () => {
    const lines = (count: number): string[] => {
      try {
        seeded(...Array.from({ length: count }, () => "text"));
      } catch (error) {
        return (error as Error).message.split("\n");
      }
      return [];
    };
    expect(lines(2)).toEqual(["seed.yaml, document 1: is not an object", "seed.yaml, document 2: is not an object"]);
    expect(lines(12)).toHaveLength(11);
    expect(lines(12).at(-1)).toBe("and 2 more");
  });
});

describe("namespacesNamed", () => {
  it("contains each namespace once, including those of Namespace objects", () => {
    const values = [
      pod("a", { namespace: "shop" }),
      pod("b"),
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "ops" } },
      pod("c", { namespace: "shop" }),
    ];
    expect(namespacesNamed(values.map((value) => ({ place: "", value })))).toEqual(["shop", "ops"]);
  });
});
