import { MUTATING_VERBS } from "./access.ts";
import type { DefinitionProblem } from "./errors.ts";
import { isRecord, problem } from "./problem.ts";

/** Finds what is wrong with `limits`: verbs that change nothing or are not declared, and numbers that bound nothing. */
export function findLimitProblems(limits: unknown, access: unknown): DefinitionProblem[] {
  if (limits === undefined) return [];
  if (!isRecord(limits)) return [problem("limits", "expected verbs with numbers, such as { delete: 200 }")];
  const declared = declaredVerbs(access);
  return Object.entries(limits).flatMap(([verb, limit]) => {
    const field = `limits.${verb}`;
    if (!(MUTATING_VERBS as readonly string[]).includes(verb)) {
      return [problem(field, `changes nothing or is no verb; expected some of ${MUTATING_VERBS.join(", ")}`)];
    }
    if (!declared.has(verb))
      return [problem(field, `no rule in access has the verb "${verb}", so this bounds nothing`)];
    return findNumberProblems(field, limit);
  });
}

function findNumberProblems(field: string, limit: unknown): DefinitionProblem[] {
  const { max, share } = isRecord(limit) ? limit : { max: limit, share: undefined };
  const found: DefinitionProblem[] = [];
  if (typeof max !== "number" || !Number.isInteger(max) || max < 0) {
    found.push(problem(field, "expected a whole number from 0, or { max, share }"));
  }
  if (share !== undefined && (typeof share !== "number" || !(share > 0 && share <= 1))) {
    found.push(problem(`${field}.share`, "expected a part of what was listed, above 0 and at most 1"));
  }
  return found;
}

/** The verbs that access allows, in the words that limits count: an eviction takes a pod away, and so does a collection's deletion with many. */
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
