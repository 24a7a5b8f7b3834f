import { type AccessRule, parseAccessKey, type Verb } from "../../job/access.ts";
import { builtinCatalog } from "../catalog/builtin.ts";
import { Discovery } from "../catalog/discovery.ts";
import { NotDeclaredError, resourceText } from "../errors/kube-error.ts";
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
import { type ClientContext, change, copyOptions, type MethodContext } from "./call.ts";
import { forEach } from "./for-each.ts";
import { ownerOf, ownersOf } from "./owners.ts";
import { pathMethods } from "./paths.ts";
import { resourceMethods } from "./resource-methods.ts";
import { reviewAccess } from "./review-access.ts";
import { recordEvent } from "./write.ts";

/** Creates a job's `kube`: one property per declared resource, created on first use. */
export function injectedKube(context: ClientContext, rules: readonly AccessRule[]): object {
  return kubeOf(context, discoveryOf(context), {
    find: (key) => rules.find((one) => mainKey(one.key) === key) ?? rules.find((one) => isOtherName(key, one)),
    all: rules,
  });
}

/** Discovery whose waits end with the run. */
export function discoveryOf({ send, sleep, signal }: ClientContext): Discovery {
  return new Discovery(send, (milliseconds) => sleep(milliseconds, signal));
}

/** The resources that a client offers. */
interface ResourceRules {
  /** The resource behind a property of `kube`, such as `pods` or `certificates.cert-manager.io`. */
  find(key: string): AccessRule | undefined;
  /** The resources that owners are looked up in. */
  readonly all: readonly AccessRule[];
}

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
    reviewAccess({ send, namespace, discovery }, verb, key, copyOptions(method, ACCESS_REVIEW, given));
  const base = {
    namespace,
    versions: async (given?) => coreVersions(send, copyOptions("versions", CALL, given)),
    canI: async (verb, key, given?) => (await review("canI", verb, key, given)).allowed,
    reviewAccess: (verb, key, given?) => review("reviewAccess", verb, key, given),
    ownerOf: async (object, given?) => ownerOf(declared, object, copyOptions("ownerOf", CALL, given)),
    ownersOf: async (object, given?) => ownersOf(declared, object, copyOptions("ownersOf", CALL, given)),
    forEach: async (items, work, given?) => {
      const { concurrency, signal = context.signal } = copyOptions("forEach", FOR_EACH, given);
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

/** True for the other name of a built-in resource, with or without its group, than the one in `access`. */
function isOtherName(key: string, { group, resource, version, path }: AccessRule): boolean {
  if (version === undefined || path !== undefined || group === "") return false;
  // If two groups share a plural, the plural alone means one of them.
  return key === `${resource}.${group}` || (key === resource && builtinCatalog.find(key)?.group === group);
}

function mainKey(key: string): string {
  const { resource, group } = parseAccessKey(key);
  return resourceText({ group: group ?? "", resource });
}

function gvrOf(rule: AccessRule, discovery: Discovery): GroupVersionResource | Promise<GroupVersionResource> {
  const { group, version, resource, kind, namespaced } = rule;
  if (version === undefined || kind === undefined || namespaced === undefined)
    return discovery.find({ group, resource });
  return { group, version, resource, kind, namespaced };
}

/** Methods whose verb has another name, for the hint. */
const VERB_OF_METHOD: Readonly<Record<string, string>> = { apply: "patch", deleteCollection: "deletecollection" };

/**
 * Stands in for an undeclared resource. TypeScript rejects such a call at compile time; plain JavaScript gets an error here, before anything is sent.
 *
 * @param key the property of `kube`
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

/** The error for a method that the declared verbs do not include. */
export function undeclared(key: string, method: string): NotDeclaredError {
  const verb = VERB_OF_METHOD[method] ?? method;
  return new NotDeclaredError(`the job may not ${verb} ${key}: access does not declare it; nothing was sent`, {
    hint: `add ${/^[a-z]+$/.test(key) ? key : JSON.stringify(key)}: [${JSON.stringify(verb)}] to access and deploy again`,
  });
}

/** The API versions of the core group: the smallest request that shows that the API server is reachable. */
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
