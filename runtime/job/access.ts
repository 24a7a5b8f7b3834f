import { type DefinitionProblem, isRecord, isTextList, problem } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";

/** RBAC's verbs for resources. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
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

/** Verbs that change something, which `limits` counts and a dry run must not make. */
export const MUTATING_VERBS = ["create", "update", "patch", "delete", "deletecollection"] as const;

export type MutatingVerb = (typeof MUTATING_VERBS)[number];

/** The access to one resource: verbs, or verbs on objects with these names only (RBAC's resourceNames). */
export type ResourceAccess = readonly Verb[] | { readonly verbs: readonly Verb[]; readonly names?: readonly string[] };

/**
 * What a job may do, in RBAC's terms. Keys are `resource[.group][/subresource]`, such as `pods`, `pods/log`, `deployments.apps` or
 * `certificates.cert-manager.io`; built-in resources may omit the group. A path such as `/metrics` is one of RBAC's nonResourceURLs. The client's types,
 * its guard and the Role all derive from this.
 */
export type Access = Readonly<Record<string, ResourceAccess>>;

/** The verbs of a rule, as a union. */
export type VerbsOf<R> = R extends readonly (infer V)[]
  ? Extract<V, Verb>
  : R extends { readonly verbs: readonly (infer V)[] }
    ? Extract<V, Verb>
    : never;

export interface ResourceInfo {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural, as in paths and RBAC rules. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Subresource → its verbs, such as `{ log: ["get"] }`. */
  readonly subresources: Readonly<Record<string, readonly string[]>>;
}

/** The built-in resources, by their keys in `access` (without subresource). */
export interface ResourceCatalog {
  find(key: string): ResourceInfo | undefined;
  /** All known keys, for suggestions. */
  readonly keys: readonly string[];
}

/** A resolved entry of `access`: the guard checks requests against it, and it becomes a rule of the Role. */
export interface AccessRule {
  /** The key as written. */
  readonly key: string;
  readonly group: string;
  /** Absent for a custom resource, whose version comes from discovery. */
  readonly version?: string;
  readonly kind?: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined for a custom resource: unknown without a cluster. */
  readonly namespaced?: boolean;
  readonly verbs: readonly Verb[];
  /** RBAC's resourceNames; absent means every name. */
  readonly names?: readonly string[];
  /** A non-resource path, such as `/metrics`; a trailing `*` matches anything. The resource is then empty. */
  readonly path?: string;
}

/** A parsed key of `access`. */
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
 * Resolves `access` against the built-in resources. Keys with an unknown group are custom resources.
 *
 * @throws {RangeError} for a key without group that is not a built-in resource; `errand check` reports it earlier, with a suggestion
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
      // A copy, so that a running job cannot extend its own access.
      verbs: [...verbs],
      ...(names ? { names: [...names] } : {}),
    };
  });
}

function verbsOf(value: ResourceAccess): readonly Verb[] {
  return "verbs" in value ? value.verbs : value;
}

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

/** The name is unknown when a create or deletecollection is authorized, so RBAC never allows these by name. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
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

/** The valid verbs; unknown for a custom resource without a cluster. */
function allowedVerbs(info: ResourceInfo | undefined, subresource: string | undefined): readonly string[] {
  if (info === undefined) return ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
  return subresource === undefined ? info.verbs : (info.subresources[subresource] ?? []);
}

/** RFC 1123 label: a valid namespace name. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

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
