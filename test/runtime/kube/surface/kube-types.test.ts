import { defineJob } from "errand";
import { expect, expectTypeOf, test } from "vitest";
import type { ConnectedClient } from "../../../../runtime/kube/connect.ts";
import type { AccessReview } from "../../../../runtime/kube/surface/call-results.ts";
import type { Kube, ObjectOf } from "../../../../runtime/kube/surface/kube.ts";
import type { Returned } from "../../../../runtime/kube/surface/objects.ts";

type Declared = Kube<{
  readonly pods: ["list", "delete"];
  readonly "pods/log": ["get"];
  readonly "deployments.apps": { verbs: ["patch"]; names: ["web"] };
  readonly "deployments.apps/scale": ["patch"];
  readonly configmaps: ["patch"];
  readonly "secrets/status": ["get"];
}>;

test("Kube has exactly the methods of the declared verbs and subresources", () => {
  expectTypeOf<keyof Declared["pods"]>().toEqualTypeOf<"list" | "listMetadata" | "listTable" | "delete" | "logs">();
  expectTypeOf<keyof Declared["deployments.apps"]>().toEqualTypeOf<"patch" | "apply" | "restart" | "scale">();
  expectTypeOf<keyof Declared["configmaps"]>().toEqualTypeOf<"patch" | "apply">();
  expectTypeOf<keyof Declared["secrets"]>().toEqualTypeOf<"getStatus">();
  expectTypeOf<Declared>().not.toHaveProperty("nodes");
  expectTypeOf<Declared>().not.toHaveProperty("pods/log");
  expectTypeOf<Declared>().not.toHaveProperty("inNamespace");
  expectTypeOf<Declared>().not.toHaveProperty("allNamespaces");
});

test("Kube has a built-in resource by both of its names, with everything that either declares", () => {
  expectTypeOf<Declared["deployments"]>().toEqualTypeOf<Declared["deployments.apps"]>();
  type Short = Kube<{ readonly deployments: ["list"]; readonly "deployments.apps/scale": ["patch"] }>;
  expectTypeOf<keyof Short["deployments.apps"]>().toEqualTypeOf<"list" | "listMetadata" | "listTable" | "scale">();
  expectTypeOf<Short["deployments"]>().toEqualTypeOf<Short["deployments.apps"]>();
  type Events = Kube<{ readonly "events.events.k8s.io": ["list"] }>;
  expectTypeOf<Events>().toHaveProperty("events.events.k8s.io");
  expectTypeOf<Events>().not.toHaveProperty("events");
  expectTypeOf<Kube<{ readonly events: ["list"] }>>().not.toHaveProperty("events.events.k8s.io");
  expectTypeOf<Kube<{ readonly "widgets.example.test": ["list"] }>>().not.toHaveProperty("widgets");
  expectTypeOf<Declared>().not.toHaveProperty("pods.v1");
});

test("returned objects have a namespace if their kind is namespaced", () => {
  expectTypeOf<Returned<ObjectOf<"pods">>["metadata"]["namespace"]>().toEqualTypeOf<string>();
  expectTypeOf<Returned<ObjectOf<"deployments.apps">>["metadata"]["namespace"]>().toEqualTypeOf<string>();
  expectTypeOf<Returned<ObjectOf<"nodes">>["metadata"]["namespace"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Returned<ObjectOf<"nodes"> | ObjectOf<"pods">>["metadata"]["namespace"]>().toEqualTypeOf<
    string | undefined
  >();
  expectTypeOf<Returned<ObjectOf<"widgets.example.test">>["metadata"]["namespace"]>().toEqualTypeOf<
    string | undefined
  >();
});

test("watchMetadata returns only type and metadata if a watch is declared", () => {
  type Watched = Kube<{ secrets: ["watch"] }>["secrets"];
  type Told = Extract<WatchEventOf<ReturnType<Watched["watchMetadata"]>>, { type: "ADDED" | "MODIFIED" }>["object"];
  expectTypeOf<Told>().toHaveProperty("metadata");
  expectTypeOf<Told>().not.toHaveProperty("data");
});

test("watch returns deleted objects whole with keepObjects, and otherwise their metadata", () => {
  const gone = (watched: Kube<{ configmaps: ["watch"] }>["configmaps"]) => {
    type Gone<E> = E extends AsyncIterable<infer Event> ? GoneOf<Event> : never;
    const kept = watched.watch({ keepObjects: true });
    const plain = watched.watch({ sendInitialEvents: false });
    expectTypeOf<Gone<typeof kept>>().toEqualTypeOf<Returned<ObjectOf<"configmaps">>>();
    expectTypeOf<Gone<typeof plain>>().not.toEqualTypeOf<Returned<ObjectOf<"configmaps">>>();
    expectTypeOf<Gone<typeof plain>["data"]>().toEqualTypeOf<Returned<ObjectOf<"configmaps">>["data"] | undefined>();
  };
  expectTypeOf(gone).toBeFunction();
});

type GoneOf<Event> = Event extends { readonly type: "DELETED"; readonly object: infer Gone } ? Gone : never;
type WatchEventOf<T> = T extends AsyncIterable<infer Event> ? Event : never;

test("Kube has record only if events may be created", () => {
  expectTypeOf<Kube<{ events: ["create"] }>["events"]>().toHaveProperty("record");
  expectTypeOf<Kube<{ events: ["list"] }>["events"]>().not.toHaveProperty("record");
});

test("Kube has canI in a job and outside, whatever is declared", () => {
  type Unguarded = ConnectedClient["kube"];
  expectTypeOf<Declared["canI"]>().returns.resolves.toEqualTypeOf<boolean>();
  expectTypeOf<Unguarded["canI"]>().returns.resolves.toEqualTypeOf<boolean>();
  expectTypeOf<Declared["reviewAccess"]>().returns.resolves.toEqualTypeOf<AccessReview>();
  expectTypeOf<Unguarded["reviewAccess"]>().returns.resolves.toEqualTypeOf<AccessReview>();
});

test("a client outside jobs has custom resources with their subresources, paths and every namespace, in addition to built-in ones", () => {
  type Unguarded = ConnectedClient["kube"];
  type Widgets = Unguarded["widgets.example.test"];
  expectTypeOf<"list" | "watch" | "apply" | "deleteCollection" | "patchStatus" | "scale">().toExtend<keyof Widgets>();
  expectTypeOf<Awaited<ReturnType<Widgets["get"]>>["spec"]>().toEqualTypeOf<unknown>();
  expectTypeOf<ReturnType<Unguarded["inNamespace"]>["widgets.example.test"]>().toEqualTypeOf<Widgets>();
  expectTypeOf<Unguarded["allNamespaces"]["widgets.example.test"]>().toEqualTypeOf<Widgets>();
  expectTypeOf<Parameters<Unguarded["readPath"]>[0]>().toEqualTypeOf<`/${string}`>();
  expectTypeOf<Awaited<ReturnType<Unguarded["pods"]["get"]>>>().toEqualTypeOf<Returned<ObjectOf<"pods">>>();
  expectTypeOf<Unguarded["configmaps"]>().not.toHaveProperty("patchStatus");
  expectTypeOf<Unguarded>().not.toHaveProperty("widgets");
});

test("patch of an object may return gone or changed, patch of a name may not", () => {
  const call = (kube: Kube<{ pods: ["list", "patch"] }>) => ({
    byName: () => kube.pods.patch("a", {}),
    byObject: () => kube.pods.patch({ metadata: { name: "a", uid: "u" } }, {}),
  });
  expectTypeOf<Awaited<ReturnType<ReturnType<typeof call>["byName"]>>>().not.toEqualTypeOf<"changed">();
  expectTypeOf<"changed">().toExtend<Awaited<ReturnType<ReturnType<typeof call>["byObject"]>>>();
  expectTypeOf<"changed">().not.toExtend<Awaited<ReturnType<ReturnType<typeof call>["byName"]>>>();
});

test("defineJob has other namespaces only if its scope declares them", () => {
  const job = defineJob({
    access: { pods: ["list"] },
    scope: { namespaces: ["team-a"] },
    run({ kube }) {
      expectTypeOf(kube.inNamespace("team-a")).toEqualTypeOf<
        Kube<{ readonly pods: readonly ["list"] }>["pods"] extends infer P ? { readonly pods: P } : never
      >();
      // @ts-expect-error all namespaces at once take scope: "cluster"
      return kube.allNamespaces;
    },
  });
  expect(job.scope).toEqual({ namespaces: ["team-a"] });
  const everywhere = defineJob({
    access: { pods: ["list"] },
    scope: "cluster",
    run: ({ kube }) => kube.allNamespaces.pods.list().toArray(),
  });
  expect(everywhere.scope).toBe("cluster");
  const own = defineJob({
    access: { pods: ["list"] },
    // @ts-expect-error without a scope there is only the own namespace
    run: ({ kube }) => kube.inNamespace("team-a"),
  });
  expect(own).not.toHaveProperty("scope");
});
