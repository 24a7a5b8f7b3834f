import { type AccessRule, parseAccessKey, type Verb } from "../../job/access.ts";
import { builtinCatalog } from "../catalog/builtin.ts";
import { Discovery } from "../catalog/discovery.ts";
import { NotDeclaredError } from "../errors/kube-error.ts";
import { readJson, type Send } from "../requests/request.ts";
import type { GroupVersionResource, Place } from "../requests/resource.ts";
import {
  ACCESS_REVIEW,
  type AccessReviewOptions,
  CALL,
  type CallOptions,
  CHANGE,
  FOR_EACH,
} from "../surface/call-options.ts";
import type { EventRecorder, KubeBase, PathReader } from "../surface/kube.ts";
import { type ClientContext, change, type MethodContext, taken } from "./call.ts";
import { forEach } from "./for-each.ts";
import { ownerOf, ownersOf } from "./owners.ts";
import { pathMethods } from "./paths.ts";
import { resourceMethods } from "./resource-methods.ts";
import { reviewAccess } from "./review-access.ts";
import { recordEvent } from "./write.ts";

/** Makes what a job gets as `kube`: one property a declared resource, made when it is first read. */
export function injectedKube(context: ClientContext, rules: readonly AccessRule[]): object {
  return kubeOf(context, discoveryOf(context), {
    find: (key) => rules.find((one) => mainKey(one.key) === key) ?? rules.find((one) => isOtherName(key, one)),
    all: rules,
  });
}

/** Finds the cluster's own resources; what it waits for ends with the run. */
export function discoveryOf({ send, sleep, signal }: ClientContext): Discovery {
  return new Discovery(send, (milliseconds) => sleep(milliseconds, signal));
}

/** Where a client's resources come from. */
interface ResourceRules {
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
  const review = async (method: string, verb: Verb, key: string, given?: AccessReviewOptions) =>
    reviewAccess({ send, namespace, discovery }, verb, key, taken(method, ACCESS_REVIEW, given));
  const base = {
    namespace,
    versions: async (given?) => coreVersions(send, taken("versions", CALL, given)),
    canI: async (verb, key, given?) => (await review("canI", verb, key, given)).allowed,
    reviewAccess: (verb, key, given?) => review("reviewAccess", verb, key, given),
    ownerOf: async (object, given?) => ownerOf(declared, object, taken("ownerOf", CALL, given)),
    ownersOf: async (object, given?) => ownersOf(declared, object, taken("ownersOf", CALL, given)),
    forEach: async (items, work, given?) => {
      const { concurrency, signal = context.signal } = taken("forEach", FOR_EACH, given);
      return forEach(items, work, { concurrency, signal, throttles: () => context.stats.throttles });
    },
    ...pathMethods(send),
    inNamespace: (other: string) => elsewhere({ namespace: other }),
    get allNamespaces() {
      return elsewhere("all");
    },
  } satisfies KubeBase & PathReader<string> & { inNamespace(namespace: string): object; allNamespaces: object };
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
  const record: EventRecorder["record"] = (about, event, given) =>
    change(own, "record", CHANGE, given, (call, options) => recordEvent(call, about, event, options));
  return { ...methods, record };
}

/** True for the name of a built-in resource that `access` did not write: with its group, or without. */
function isOtherName(key: string, { group, resource, version, path }: AccessRule): boolean {
  if (version === undefined || path !== undefined || group === "") return false;
  // Of two groups that have a plural, it alone means one.
  return key === `${resource}.${group}` || (key === resource && builtinCatalog.find(key)?.group === group);
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

/** Verbs whose method has another name than the verb, for the hint. */
const VERB_OF_METHOD: Readonly<Record<string, string>> = { apply: "patch", deleteCollection: "deletecollection" };

/**
 * Stands where `access` declares nothing: TypeScript does not compile such a call, and plain JavaScript is told here what is missing, before the network.
 *
 * @param key the name that was read of `kube`
 */
function undeclaredResource(key: string): object {
  return new Proxy(
    {},
    {
      get(_target, method) {
        if (typeof method === "symbol" || method === "then" || method === "toJSON") return undefined;
        return () => {
          throw undeclared(key, method);
        };
      },
    },
  );
}

/** The error for a method of a resource that its declared verbs do not give. */
export function undeclared(key: string, method: string): NotDeclaredError {
  const verb = VERB_OF_METHOD[method] ?? method;
  return new NotDeclaredError(`the job may not ${verb} ${key}: access does not declare it; nothing was sent`, {
    hint: `add ${/^[a-z]+$/.test(key) ? key : JSON.stringify(key)}: [${JSON.stringify(verb)}] to access and deploy again`,
  });
}

/** The API versions of the core group: the smallest question that shows that the API server can be reached. */
export async function coreVersions(send: Send, { signal }: CallOptions = {}): Promise<readonly string[]> {
  const response = await send({
    method: "GET",
    path: "/api",
    query: [],
    headers: {},
    ...(signal === undefined ? {} : { signal }),
  });
  return (await readJson<{ readonly versions?: readonly string[] }>(response)).versions ?? [];
}
