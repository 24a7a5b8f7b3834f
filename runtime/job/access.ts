import { type DefinitionProblem, isRecord, isTextList, problem } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";

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
 * @throws {RangeError} for a key without a group that is not a built-in resource; `errand check` reports that earlier, with a suggestion
 */
export function resolveAccess(access: Access, catalog: ResourceCatalog): AccessRule[] {
  return Object.entries(access).map(([key, value]) => {
    if (key.startsWith("/"))
      return { key, group: "", resource: "", namespaced: false, verbs: verbsOf(value), path: key };
    const parts = parseAccessKey(key);
    const info = catalog.find(key.split("/")[0] ?? key);
    if (info === undefined && parts.group === undefined) {
      throw new RangeError(`access: "${key}" is an unknown resource; write a custom one with its group`);
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

/** Finds what is wrong with `access`. */
export function findAccessProblems(access: unknown, catalog: ResourceCatalog): DefinitionProblem[] {
  if (!isRecord(access)) {
    return [problem("access", 'expected what the job may do, such as { pods: ["list"] }; {} for nothing')];
  }
  return Object.entries(access).flatMap(([key, rule]) => findRuleProblems(key, rule, catalog));
}

function findRuleProblems(key: string, rule: unknown, catalog: ResourceCatalog): DefinitionProblem[] {
  const field = `access.${key}`;
  if (key.startsWith("/")) return findPathProblems(field, key, rule);
  const parts = parseAccessKey(key);
  const info = catalog.find(key.split("/")[0] ?? key);
  if (info === undefined && parts.group === undefined) {
    const hint = didYouMean(parts.resource, catalog.keys);
    return [problem(field, `unknown resource${hint || "; write a custom one with its group: plural.group"}`)];
  }
  const declared = isRecord(rule) && !Array.isArray(rule) ? rule : { verbs: rule };
  return [...findVerbProblems(field, declared.verbs, info, parts), ...findNameProblems(field, declared)];
}

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding */
function findPathProblems(field: string, path: string, rule: unknown): DefinitionProblem[] {
  if (!/^(?:\/[\w.-]+)+(?:\/\*)?$|^\/[\w./-]+\*$/.test(path) || path.includes("..")) {
    return [
      problem(
        field,
        "is not a path of the API server: write one such as /metrics, or /debug/* for everything below it",
      ),
    ];
  }
  if (isTextList(rule) && rule.length === 1 && rule[0] === "get") return [];
  return [problem(field, 'expected ["get"]: a path that is not a resource can only be read')];
}

/** The name of an object is not known when a create or a deletecollection is authorized, so RBAC would never allow it by name. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
function findNameProblems(field: string, { names, verbs }: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  if (names === undefined) return [];
  if (!isTextList(names) || names.length === 0) {
    return [problem(`${field}.names`, "expected a non-empty list of object names")];
  }
  const unnamed = ["create", "deletecollection"].filter((verb) => isTextList(verbs) && verbs.includes(verb));
  return unnamed.map((verb) =>
    problem(`${field}.names`, `"${verb}" cannot be restricted to names; declare it without names`),
  );
}

function findVerbProblems(
  field: string,
  verbs: unknown,
  info: ResourceInfo | undefined,
  parts: AccessKey,
): DefinitionProblem[] {
  if (!isTextList(verbs) || verbs.length === 0) return [problem(field, 'expected a list of verbs, such as ["list"]')];
  const { subresource } = parts;
  if (info && subresource !== undefined && !(subresource in info.subresources)) {
    const known = Object.keys(info.subresources);
    const offered = known.length > 0 ? `it has ${known.join(", ")}` : "it has none";
    return [problem(field, `${info.resource} has no subresource "${subresource}"; ${offered}`)];
  }
  const known = allowedVerbs(info, subresource);
  const what = subresource === undefined ? parts.resource : `${parts.resource}/${subresource}`;
  return verbs
    .filter((verb) => !known.includes(verb))
    .map((verb) => problem(field, `${what} has no verb "${verb}"; it has ${known.join(", ")}`));
}

/** The verbs that a rule on it can name; of a custom resource nothing is known before a cluster is asked. */
function allowedVerbs(info: ResourceInfo | undefined, subresource: string | undefined): readonly string[] {
  if (info === undefined) return ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
  return subresource === undefined ? info.verbs : (info.subresources[subresource] ?? []);
}

/** RFC 1123 label: what Kubernetes accepts as the name of a namespace. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Finds what is wrong with `scope` and with the name of a ServiceAccount. */
export function findScopeProblems(scope: unknown, serviceAccountName: unknown): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  if (typeof serviceAccountName === "string" && !DNS_LABEL.test(serviceAccountName)) {
    found.push(
      problem(
        "serviceAccountName",
        `"${serviceAccountName}" is not a valid name: use lower-case letters, digits and dashes`,
      ),
    );
  }
  if (scope === undefined || scope === "namespace" || scope === "cluster") return found;
  if (!isRecord(scope) || !Array.isArray(scope.namespaces) || scope.namespaces.length === 0) {
    found.push(problem("scope", 'expected "namespace", "cluster" or { namespaces: ["team-a"] }'));
    return found;
  }
  for (const name of scope.namespaces as readonly unknown[]) {
    if (typeof name !== "string" || !DNS_LABEL.test(name)) {
      found.push(problem("scope.namespaces", `${JSON.stringify(name)} is not a valid namespace name`));
    }
  }
  return found;
}
