import { expectTypeOf, it } from "vitest";
import { defineJob } from "../../../../runtime/index.ts";
import type { ObjectMeta } from "../../../../runtime/kube/generated/meta-v1.ts";
import type { Kube, ObjectOf, ResourceClient } from "../../../../runtime/kube/surface/kube.ts";
import type { Returned } from "../../../../runtime/kube/surface/objects.ts";

type Pod = ObjectOf<"pods">;

const run = () => undefined;

it("ObjectOf is the built-in type of a plural, with or without its group", () => {
  expectTypeOf<ObjectOf<"deployments">>().toEqualTypeOf<ObjectOf<"deployments.apps">>();
  expectTypeOf<ObjectOf<"deployments">["kind"]>().toEqualTypeOf<"Deployment" | undefined>();
  expectTypeOf<ObjectOf<"events">["apiVersion"]>().toEqualTypeOf<"v1" | undefined>();
  expectTypeOf<ObjectOf<"events.events.k8s.io">["apiVersion"]>().toEqualTypeOf<"events.k8s.io/v1" | undefined>();
});

it("ObjectOf is generic for a custom resource", () => {
  expectTypeOf<ObjectOf<"certificates.cert-manager.io">["spec"]>().toEqualTypeOf<unknown>();
  expectTypeOf<ObjectOf<"certificates.cert-manager.io">["metadata"]>().toEqualTypeOf<(ObjectMeta & {}) | undefined>();
});

it("Returned has metadata, spec and status of a built-in object", () => {
  expectTypeOf<Returned<Pod>["metadata"]["uid"]>().toEqualTypeOf<string>();
  expectTypeOf<Returned<Pod>["status"]["phase"]>().toEqualTypeOf<
    "Failed" | "Pending" | "Running" | "Succeeded" | "Unknown" | undefined
  >();
  expectTypeOf<Returned<Pod>["spec"]["containers"][number]["image"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Returned<ObjectOf<"leases">>["spec"]["holderIdentity"]>().toEqualTypeOf<string | undefined>();
});

it("Returned does not make fields of sent objects required", () => {
  expectTypeOf<{ spec: { containers: [{ name: "main"; image: "node" }] } }>().toExtend<Pod>();
  expectTypeOf<Pod["status"]>().extract<undefined>().toEqualTypeOf<undefined>();
});

it("Returned does not promise a status of a custom resource", () => {
  type Certificate = {
    apiVersion?: "cert-manager.io/v1";
    kind?: "Certificate";
    metadata?: ObjectMeta;
    status?: { notAfter?: string };
  };
  expectTypeOf<Returned<Certificate>["status"]>().toEqualTypeOf<{ notAfter?: string } | undefined>();
  expectTypeOf<Returned<Certificate>["metadata"]["name"]>().toEqualTypeOf<string>();
});

it("Returned can be sent back", () => {
  expectTypeOf<Returned<Pod>>().toExtend<Pod>();
  expectTypeOf<Returned<Pod>>().toExtend<Parameters<ResourceClient<Pod, "delete">["delete"]>[0]>();
});

it("Kube has exactly the verbs declared in access", () => {
  type Declared = Kube<{ readonly pods: readonly ["list"]; readonly "pods/log": readonly ["get"] }>;
  expectTypeOf<Declared["pods"]>().toHaveProperty("list");
  expectTypeOf<Declared["pods"]>().not.toHaveProperty("delete");
  expectTypeOf<Declared>().not.toHaveProperty("secrets");
});

it("defineJob infers the objects of a list from access", () => {
  defineJob({
    access: { pods: ["list", "delete"], "deployments.apps": ["get"] },
    async run({ kube }) {
      for await (const pod of kube.pods.list()) {
        expectTypeOf(pod).toEqualTypeOf<Returned<Pod>>();
        expectTypeOf(await kube.pods.delete(pod)).toEqualTypeOf<"deleted" | "gone" | "changed">();
      }
      const deployment = await kube["deployments.apps"].get("web");
      expectTypeOf(deployment.spec.replicas).toEqualTypeOf<number | undefined>();
      // @ts-expect-error: create is not declared
      kube.pods.create;
      // @ts-expect-error: secrets are not declared
      kube.secrets;
    },
  });
});

it("defineJob accepts built-in, subresource, custom and restricted access", () => {
  defineJob({ access: { "pods/eviction": ["create"], "nodes/metrics": ["get"] }, run });
  defineJob({ access: { "certificates.cert-manager.io": ["list", "deletecollection"] }, run });
  defineJob({ access: { "certificates.cert-manager.io/status": ["patch"] }, run });
  defineJob({ access: { configmaps: { verbs: ["get"], names: ["settings"] } }, run });
});

it("defineJob refuses unknown resources and verbs", () => {
  // @ts-expect-error: no such resource
  defineJob({ access: { podz: ["list"] }, run });
  // @ts-expect-error: short names are not plurals
  defineJob({ access: { po: ["list"] }, run });
  // @ts-expect-error: no such verb
  defineJob({ access: { pods: ["remove"] }, run });
  // @ts-expect-error: bindings can only be created
  defineJob({ access: { bindings: ["list"] }, run });
  // @ts-expect-error: namespaces have no deletecollection
  defineJob({ access: { namespaces: ["get", "deletecollection"] }, run });
  // @ts-expect-error: a log is only read
  defineJob({ access: { "pods/log": ["create"] }, run });
  // @ts-expect-error: neither with names
  defineJob({ access: { bindings: { verbs: ["list"], names: ["a"] } }, run });
});

declare module "../../../../runtime/kube/surface/objects.ts" {
  interface CustomObjects {
    "certificates.types-test.example.org": {
      apiVersion?: "types-test.example.org/v1";
      metadata?: ObjectMeta;
      spec: { secretName: string };
      status?: { notAfter?: string };
    };
  }
}

it("ObjectOf is the type that a project declares for a custom resource", () => {
  defineJob({
    access: { "certificates.types-test.example.org": ["list"] },
    async run({ kube }) {
      for await (const certificate of kube["certificates.types-test.example.org"].list()) {
        expectTypeOf(certificate.spec.secretName).toEqualTypeOf<string>();
        expectTypeOf(certificate.status).toEqualTypeOf<{ notAfter?: string } | undefined>();
      }
    },
  });
});
