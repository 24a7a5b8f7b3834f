import { RESOURCE_VERBS } from "../../runtime/job/access.ts";
import type { ResourceRule } from "./rbac.ts";

/** One verb on one resource in one place: the unit that RBAC decides on. */
export interface Right {
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined;
  readonly group: string;
  /** With its subresource, such as `pods/log`. */
  readonly resource: string;
  /** RBAC's resourceNames; absent for every name. */
  readonly names?: readonly string[];
  readonly verb: string;
}

/** A rule as the server returns it: any of its parts may be missing, and `*` means all. */
export type AnyRule = { readonly [Field in keyof ResourceRule]?: ResourceRule[Field] | undefined };

/** Expands rules into single rights. */
export function rightsOf(namespace: string | undefined, rules: readonly AnyRule[]): Right[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs = [] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({
          ...{ namespace, group, resource, verb },
          ...(resourceNames === undefined || resourceNames.length === 0 ? {} : { names: resourceNames }),
        })),
      ),
    ),
  );
}

/** True where a cluster-wide right includes a right in one namespace. */
export function isWithin(right: Right, wide: Right): boolean {
  if (wide.namespace !== undefined || right.namespace === undefined) return false;
  const isSame = wide.group === right.group && wide.resource === right.resource && wide.verb === right.verb;
  return isSame && (wide.names === undefined || (right.names?.every((name) => wide.names?.includes(name)) ?? false));
}

/** A key for everything of a right but its verb. */
export function targetOf({ namespace, group, resource, names = [] }: Right): string {
  return JSON.stringify([namespace ?? null, group, resource, [...names].sort()]);
}

/** `pods`, `deployments.apps`, `pods/log` or `certificates.cert-manager.io/status`: as `access` writes it. */
export function resourceWord({ group, resource }: Pick<Right, "group" | "resource">): string {
  if (group === "") return resource;
  const [name, subresource] = resource.split("/");
  return `${name}.${group}${subresource === undefined ? "" : `/${subresource}`}`;
}

/** Verbs in RBAC's usual order, reading first, unknown ones last. */
export function sortVerbs(verbs: Iterable<string>): string[] {
  const known: readonly string[] = RESOURCE_VERBS;
  const place = (verb: string) => (known.includes(verb) ? known.indexOf(verb) : known.length);
  return [...new Set(verbs)].toSorted((left, right) => place(left) - place(right));
}

/** A right as the resource attributes of an access review. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access */
export function attributesOf({ namespace, group, resource: word, verb }: Right, name: string | undefined) {
  const [resource = "", subresource] = word.split("/");
  const attributes = { group, resource, verb, namespace, subresource, name };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
