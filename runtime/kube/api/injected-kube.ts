import { type AccessRule, parseAccessKey, type Verb } from "../../job/access.ts";
import { Discovery } from "../catalog/discovery.ts";
import type { GroupVersionResource, Place } from "../requests/resource.ts";
import type { AccessReviewOptions, CallOptions, ChangeOptions } from "../surface/call-options.ts";
import type { EventInput, ForEachOptions } from "../surface/kube.ts";
import type { KubeObject } from "../surface/objects.ts";
import { changes } from "./dry-call.ts";
import { forEach } from "./for-each.ts";
import type { ClientContext, MethodContext } from "./method-context.ts";
import { ownerOf, ownersOf } from "./owners.ts";
import { pathMethods } from "./read-path.ts";
import { recordEvent } from "./record-event.ts";
import { resourceMethods } from "./resource-methods.ts";
import { reviewAccess } from "./review-access.ts";
import { taken } from "./taken-options.ts";
import { undeclaredResource } from "./undeclared.ts";
import { coreVersions } from "./versions.ts";

/** Makes what a job gets as `kube`: one property a declared resource, made when it is first read. */
export function injectedKube(context: ClientContext, rules: readonly AccessRule[]): object {
  return kubeOf(context, discoveryOf(context), {
    find: (key) => rules.find((one) => mainKey(one.key) === key),
    all: rules,
  });
}

/** Finds the cluster's own resources; what it waits for ends with the run. */
export function discoveryOf({ send, sleep, signal }: ClientContext): Discovery {
  return new Discovery(send, (milliseconds) => sleep(milliseconds, signal));
}

/** Where a client's resources come from. */
export interface ResourceRules {
  /** The resource behind a property of `kube`, such as `pods` or `certificates.cert-manager.io`. */
  find(key: string): AccessRule | undefined;
  /** Those among which owners are looked for. */
  readonly all: readonly AccessRule[];
}

/** Makes a client's `kube`. */
export function kubeOf(context: ClientContext, discovery: Discovery, rules: ResourceRules): object {
  const { send, namespace } = context;
  const here: Place = { namespace };
  function* declared(): Generator<MethodContext> {
    for (const rule of rules.all) {
      if (rule.subresource === undefined) yield { ...context, place: here, gvr: () => gvrOf(rule, discovery) };
    }
  }
  const elsewhere = (place: Place) => withResources({}, { context, rules, discovery, place });
  const review = async (method: "canI" | "reviewAccess", verb: Verb, key: string, options?: AccessReviewOptions) =>
    reviewAccess({ send, namespace, discovery }, verb, key, taken(method, options));
  const base = {
    namespace,
    versions: async (options?: CallOptions) => coreVersions(send, taken("versions", options)),
    canI: async (verb: Verb, key: string, options?: AccessReviewOptions) =>
      (await review("canI", verb, key, options)).allowed,
    reviewAccess: (verb: Verb, key: string, options?: AccessReviewOptions) =>
      review("reviewAccess", verb, key, options),
    ownerOf: async (object: KubeObject, options?: CallOptions) => ownerOf(declared, object, taken("ownerOf", options)),
    ownersOf: async (object: KubeObject, options?: CallOptions) =>
      ownersOf(declared, object, taken("ownersOf", options)),
    forEach: async <Item>(
      items: Iterable<Item> | AsyncIterable<Item>,
      work: (item: Item) => Promise<unknown>,
      options?: ForEachOptions,
    ) => {
      const { concurrency, signal = context.signal } = taken("forEach", options);
      return forEach(items, work, { concurrency, signal, throttles: () => context.stats.throttles });
    },
    ...pathMethods(send),
    inNamespace: (other: string) => elsewhere({ namespace: other }),
    get allNamespaces() {
      return elsewhere("all");
    },
  };
  return withResources(base, { context, rules, discovery, place: here });
}

interface ResourceParts {
  readonly context: ClientContext;
  readonly rules: ResourceRules;
  readonly discovery: Discovery;
  readonly place: Place;
}

function withResources(base: object, parts: ResourceParts): object {
  const made = new Map<string, object>();
  return new Proxy(base, {
    get(target, key, receiver) {
      if (typeof key === "symbol" || key === "then" || key === "toJSON" || key in target) {
        return Reflect.get(target, key, receiver);
      }
      const resource = made.get(key) ?? makeResource(key, parts);
      made.set(key, resource);
      return resource;
    },
  });
}

function makeResource(key: string, { context, rules, discovery, place }: ResourceParts): object {
  const rule = rules.find(key);
  if (rule === undefined) return undeclaredResource(key);
  const own: MethodContext = { ...context, place, gvr: () => gvrOf(rule, discovery) };
  const methods = resourceMethods(own);
  if (rule.group !== "" || rule.resource !== "events") return methods;
  return {
    ...methods,
    record: (about: KubeObject, event: EventInput, given?: ChangeOptions) =>
      changes(own)("record", given, (call, options) => recordEvent(call, about, event, options)),
  };
}

function mainKey(key: string): string {
  const { resource, group } = parseAccessKey(key);
  return group === undefined ? resource : `${resource}.${group}`;
}

function gvrOf(rule: AccessRule, discovery: Discovery): GroupVersionResource | Promise<GroupVersionResource> {
  const { group, version, resource, kind, namespaced } = rule;
  if (version === undefined || kind === undefined || namespaced === undefined)
    return discovery.find({ group, resource });
  return { group, version, resource, kind, namespaced };
}
