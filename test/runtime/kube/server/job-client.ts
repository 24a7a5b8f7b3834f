import { type Access, resolveAccess } from "../../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";
import { type Client, type ClientOptions, createClient } from "../../../../runtime/kube/client.ts";
import type { ScriptedServer } from "./scripted-server.ts";

/** A job's client for a scripted server: it waits for nothing, and is closed with its scope. */
export function jobClient<const A extends Access>(
  server: ScriptedServer,
  access: A,
  options: Partial<ClientOptions> = {},
): Client<A> & AsyncDisposable & { readonly waits: readonly number[] } {
  const waits: number[] = [];
  const client = createClient<A>({
    config: server.config(),
    rules: resolveAccess(access, builtinCatalog),
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      waits.push(milliseconds);
    },
    ...options,
  });
  return { ...client, waits, [Symbol.asyncDispose]: () => client.close() };
}

/** A pod as the API server returns it. */
export function pod(name: string, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      uid: `uid-${name}`,
      resourceVersion: "7",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: {},
    status: {},
    ...more,
  };
}

/** A page of a list, with its items as the API server writes them: without their types. */
export function podList(names: readonly string[], metadata: object = {}): object {
  const items = names.map((name) => {
    const { apiVersion: _version, kind: _kind, ...rest } = pod(name) as Record<string, unknown>;
    return rest;
  });
  return { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "100", ...metadata }, items };
}
