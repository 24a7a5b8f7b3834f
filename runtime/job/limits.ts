import { MUTATING_VERBS, type MutatingVerb } from "./access.ts";
import { type DefinitionProblem, isRecord, problem } from "./problem.ts";

/**
 * How many objects a run may change with one verb: at most `max`, and at most a `share` of the existing ones. An object counts once, however often it
 * changes; a run may make ten calls per object that `max` allows.
 */
export type Limit =
  | number
  | {
      readonly max: number;
      /** The fraction of a resource's objects that may be changed, above 0 and at most 1. */
      readonly share?: number;
      /**
       * What `share` is a fraction of. `listed`: the objects that the job listed, restricted by its selectors. `all`: all objects of the resource in the
       * listed namespaces, whatever the selectors. Default: `listed`.
       */
      readonly of?: ShareBasis;
    };

export type Limits = { readonly [V in MutatingVerb]?: Limit } & {
  /** Calls through `http` in the context that one pass of the run may send, tries and redirects included. */
  readonly http?: number;
};

export type ShareBasis = (typeof SHARE_BASES)[number];

const SHARE_BASES = ["listed", "all"] as const;
const FIELDS = ["max", "share", "of"];

export function findLimitProblems(
  limits: unknown,
  { access, http }: { readonly access?: unknown; readonly http?: unknown },
): DefinitionProblem[] {
  if (limits === undefined) return [];
  if (!isRecord(limits)) return [problem("limits", "expected verbs with numbers, such as { delete: 200 }")];
  const declared = declaredVerbs(access);
  return Object.entries(limits).flatMap(([verb, limit]) => {
    const field = `limits.${verb}`;
    if (verb === "http") return findCallProblems(field, limit, http);
    if (!(MUTATING_VERBS as readonly string[]).includes(verb)) {
      return [problem(field, `expected a verb that changes something: ${MUTATING_VERBS.join(", ")}`)];
    }
    if (!declared.has(verb))
      return [problem(field, `no rule in access has the verb "${verb}", so this limits nothing`)];
    return findNumberProblems(field, limit);
  });
}

function findCallProblems(field: string, limit: unknown, http: unknown): DefinitionProblem[] {
  if (http === undefined) return [problem(field, "the job declares no http, so this limits nothing")];
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 0) return [];
  return [problem(field, "expected a whole number of calls, at least 0")];
}

function findNumberProblems(field: string, limit: unknown): DefinitionProblem[] {
  const { max, share, of, ...others } = isRecord(limit) ? limit : { max: limit };
  const found = Object.keys(others).map((key) => problem(`${field}.${key}`, `expected one of ${FIELDS.join(", ")}`));
  if (typeof max !== "number" || !Number.isInteger(max) || max < 0) {
    found.push(problem(field, "expected a whole number of at least 0, or { max, share }"));
  }
  if (share !== undefined && (typeof share !== "number" || !(share > 0 && share <= 1))) {
    found.push(problem(`${field}.share`, "expected a fraction above 0 and at most 1"));
  }
  if (of !== undefined && (share === undefined || !(SHARE_BASES as readonly unknown[]).includes(of))) {
    found.push(problem(`${field}.of`, 'expected "listed" or "all", beside a share'));
  }
  return found;
}

/** The declared verbs as limits count them: evictions and deletecollection count as deletions. */
function declaredVerbs(access: unknown): ReadonlySet<unknown> {
  if (!isRecord(access)) return new Set();
  return new Set(
    Object.entries(access).flatMap(([key, rule]) => {
      const verbs: unknown = isRecord(rule) && !Array.isArray(rule) ? rule.verbs : rule;
      if (!Array.isArray(verbs)) return [];
      if (key.endsWith("/eviction")) return verbs.map((verb: unknown) => (verb === "create" ? "delete" : verb));
      return verbs.includes("deletecollection") ? [...verbs, "delete"] : verbs;
    }),
  );
}
