import { type AccessRule, parseAccessKey } from "../job/access.ts";
import { Discovery } from "./discovery.ts";
import type { ClientContext } from "./methods/method-context.ts";
import { coreVersions } from "./methods/versions.ts";
import type { Place, ResourceIdentity } from "./resource/identity.ts";
import { resourceMethods } from "./resource-client.ts";
import { undeclaredResource } from "./undeclared.ts";

/** Makes what a job gets as `kube`: one property a declared resource, made when it is first read. */
export function injectedKube(context: ClientContext, rules: readonly AccessRule[]): object {
  const discovery = new Discovery(context.send);
  const base = {
    namespace: context.namespace,
    versions: (options?: { readonly signal?: AbortSignal }) => coreVersions(context.send, options),
  };
  return withResources(base, context, rules, discovery, { namespace: context.namespace });
}

function withResources(
  base: object,
  context: ClientContext,
  rules: readonly AccessRule[],
  discovery: Discovery,
  place: Place,
): object {
  const made = new Map<string, object>();
  const make = (key: string): object => {
    const rule = rules.find((one) => mainKey(one.key) === key);
    if (rule === undefined) return undeclaredResource(key);
    return resourceMethods({ ...context, place, identity: () => identityOf(rule, discovery) });
  };
  return new Proxy(base, {
    get(target, key, receiver) {
      if (typeof key === "symbol" || key === "then" || key === "toJSON" || key in target) {
        return Reflect.get(target, key, receiver);
      }
      const resource = made.get(key) ?? make(key);
      made.set(key, resource);
      return resource;
    },
  });
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
