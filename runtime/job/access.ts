/** The verbs of Kubernetes' RBAC that a rule on resources can name. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
export const RESOURCE_VERBS = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
] as const;

export type Verb = (typeof RESOURCE_VERBS)[number];

/** The verbs that change something: what `limits` counts and what a dry run must not do. */
export const MUTATING_VERBS = ["create", "update", "patch", "delete", "deletecollection"] as const;

export type MutatingVerb = (typeof MUTATING_VERBS)[number];

/** What may be done to one resource: verbs, or verbs on objects of these names only (RBAC's resourceNames). */
export type ResourceAccess = readonly Verb[] | { readonly verbs: readonly Verb[]; readonly names?: readonly string[] };

/**
 * What a job may do, in the words of RBAC and kubectl. Keys are `resource[.group][/subresource]`, such as `pods`, `pods/log`, `deployments.apps`
 * or `certificates.cert-manager.io`; a built-in resource may drop its group. A path such as `/metrics` is one of RBAC's nonResourceURLs. It is the only source of the client's type, of its guard and of the Role.
 */
export type Access = Readonly<Record<string, ResourceAccess>>;

/** The verbs that a rule names, as a union. */
export type VerbsOf<R> = R extends readonly (infer V)[]
  ? Extract<V, Verb>
  : R extends { readonly verbs: readonly (infer V)[] }
    ? Extract<V, Verb>
    : never;

/** A resource as the API server names it. */
export interface ResourceInfo {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural that stands in paths and in RBAC rules. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Subresource name to its verbs, such as `{ log: ["get"] }`. */
  readonly subresources: Readonly<Record<string, readonly string[]>>;
}

/** Finds built-in resources by the key that `access` uses (without its subresource). */
export interface ResourceCatalog {
  /** The built-in resource that a key names, or undefined. */
  find(key: string): ResourceInfo | undefined;
  /** Every key that would be understood, for suggestions. */
  readonly keys: readonly string[];
}

/** One entry of `access`, resolved: what the guard compares a request with and what becomes a rule of the Role. */
export interface AccessRule {
  /** The key as it was written. */
  readonly key: string;
  readonly group: string;
  /** Absent for a custom resource, whose version is asked from discovery. */
  readonly version?: string;
  readonly kind?: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined for a custom resource: not known before a cluster is asked. */
  readonly namespaced?: boolean;
  readonly verbs: readonly Verb[];
  /** RBAC's resourceNames; absent means every name. */
  readonly names?: readonly string[];
  /** A path of the API server that is no resource, such as `/metrics`; a `*` at its end stands for anything. The resource is then empty. */
  readonly path?: string;
}

/** A key of `access` in its parts. */
export interface AccessKey {
  readonly resource: string;
  readonly group: string | undefined;
  readonly subresource: string | undefined;
}

/** Splits `resource[.group][/subresource]`. */
export function parseAccessKey(key: string): AccessKey {
  const slash = key.indexOf("/");
  const main = slash < 0 ? key : key.slice(0, slash);
  const dot = main.indexOf(".");
  return {
    resource: dot < 0 ? main : main.slice(0, dot),
    group: dot < 0 ? undefined : main.slice(dot + 1),
    subresource: slash < 0 ? undefined : key.slice(slash + 1),
  };
}

/**
 * Resolves `access` against the built-in resources. Keys that name a group the catalog does not know are taken as custom resources.
 *
 * @throws {RangeError} for a key without a group that is no built-in resource; `errand check` says so before, with a suggestion
 */
export function resolveAccess(access: Access, catalog: ResourceCatalog): AccessRule[] {
  return Object.entries(access).map(([key, value]) => {
    if (key.startsWith("/"))
      return { key, group: "", resource: "", namespaced: false, verbs: verbsOf(value), path: key };
    const parts = parseAccessKey(key);
    const info = catalog.find(key.split("/")[0] ?? key);
    if (info === undefined && parts.group === undefined) {
      throw new RangeError(`access: "${key}" is not a built-in resource; a custom one is written with its group`);
    }
    const { verbs, names } = "verbs" in value ? value : { verbs: value, names: undefined };
    const identity = info
      ? {
          group: info.group,
          version: info.version,
          kind: info.kind,
          resource: info.resource,
          namespaced: info.namespaced,
        }
      : { group: parts.group ?? "", resource: parts.resource };
    return {
      key,
      ...identity,
      ...(parts.subresource === undefined ? {} : { subresource: parts.subresource }),
      // A copy: a job that changes its own `access` while it runs declares nothing by that.
      verbs: [...verbs],
      ...(names ? { names: [...names] } : {}),
    };
  });
}

function verbsOf(value: ResourceAccess): readonly Verb[] {
  return "verbs" in value ? value.verbs : value;
}
