import { type AccessRule, parseAccessKey, type Verb } from "../job/access.ts";
import type { AccessReviewOptions, CallOptions, ChangeOptions, PathOptions } from "./call-options.ts";
import { Discovery } from "./discovery.ts";
import { forEach } from "./for-each.ts";
import type { EventInput, ForEachOptions } from "./kube.ts";
import { contextFor } from "./methods/dry-call.ts";
import type { ClientContext, MethodContext } from "./methods/method-context.ts";
import { ownerOf, ownersOf } from "./methods/owners.ts";
import { readPath, readPathMetrics } from "./methods/read-path.ts";
import { recordEvent } from "./methods/record-event.ts";
import { reviewAccess } from "./methods/review-access.ts";
import { coreVersions } from "./methods/versions.ts";
import type { KubeObject } from "./objects.ts";
import type { Place, ResourceIdentity } from "./resource/identity.ts";
import { resourceMethods } from "./resource-client.ts";
import { undeclaredResource } from "./undeclared.ts";

/** Makes what a job gets as `kube`: one property a declared resource, made when it is first read. */
export function injectedKube(context: ClientContext, rules: readonly AccessRule[]): object {
  return kubeOf(context, {
    find: (key) => rules.find((one) => mainKey(one.key) === key),
    all: rules,
  });
}

/** Where a client's resources come from. */
export interface ResourceRules {
  /** The resource behind a property of `kube`, such as `pods` or `certificates.cert-manager.io`. */
  find(key: string): AccessRule | undefined;
  /** Those among which owners are looked for. */
  readonly all: readonly AccessRule[];
}

/** Makes a client's `kube`. */
export function kubeOf(context: ClientContext, rules: ResourceRules): object {
  const { send, namespace } = context;
  const discovery = new Discovery(send, (milliseconds) => context.sleep(milliseconds, context.signal));
  const here: Place = { namespace };
  function* declared(): Generator<MethodContext> {
    for (const rule of rules.all) {
      if (rule.subresource === undefined)
        yield { ...context, place: here, identity: () => identityOf(rule, discovery) };
    }
  }
  const elsewhere = (place: Place) => withResources({}, { context, rules, discovery, place });
  const review = (verb: Verb, key: string, options?: AccessReviewOptions) =>
    reviewAccess({ send, namespace, discovery }, verb, key, options);
  const base = {
    namespace,
    versions: (options?: CallOptions) => coreVersions(send, options),
    canI: async (...asked: Parameters<typeof review>) => (await review(...asked)).allowed,
    reviewAccess: review,
    ownerOf: (object: KubeObject, options?: CallOptions) => ownerOf(declared, object, options),
    ownersOf: (object: KubeObject, options?: CallOptions) => ownersOf(declared, object, options),
    forEach: <Item>(
      items: Iterable<Item> | AsyncIterable<Item>,
      work: (item: Item) => Promise<unknown>,
      { concurrency, signal = context.signal }: ForEachOptions = {},
    ) => forEach(items, work, { concurrency, signal, throttles: () => context.stats.throttles }),
    readPath: (path: string, options?: PathOptions) => readPath(send, path, options),
    readMetrics: (path: string, options?: PathOptions) => readPathMetrics(send, path, options),
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
  const own: MethodContext = { ...context, place, identity: () => identityOf(rule, discovery) };
  const methods = resourceMethods(own);
  if (rule.group !== "" || rule.resource !== "events") return methods;
  return {
    ...methods,
    record: (about: KubeObject, event: EventInput, options?: ChangeOptions) =>
      recordEvent(contextFor(own, options), about, event, options),
  };
}

function mainKey(key: string): string {
  const { resource, group } = parseAccessKey(key);
  return group === undefined ? resource : `${resource}.${group}`;
}

function identityOf(rule: AccessRule, discovery: Discovery): ResourceIdentity | Promise<ResourceIdentity> {
  const { group, version, resource, kind, namespaced } = rule;
  if (version === undefined || kind === undefined || namespaced === undefined) return discovery.find(group, resource);
  return { group, version, resource, kind, namespaced };
}
