import type { MutationCounts } from "../../../runtime/kube/pipeline/stats.ts";
import { type Right, resourceWord, sortVerbs, targetOf } from "../../manifests/right.ts";

/** What is known about one resource in one place. */
export interface AccessRow {
  readonly resource: string;
  /** Absent for the whole cluster. */
  readonly namespace?: string;
  readonly names?: readonly string[];
  readonly declared: readonly string[];
  /** What the job's own Role grants. */
  readonly granted: readonly string[];
  /** What the API server allows its ServiceAccount, from whatever source; null if you may not ask. */
  readonly allowed: readonly string[] | null;
  /** How many changes the remembered runs made, by verb. */
  readonly used: Readonly<Record<string, number>>;
}

export interface RightsToCompare {
  readonly declared: readonly Right[];
  readonly granted: readonly Right[];
  /** undefined: not known. */
  readonly allowed: readonly Right[] | undefined;
  readonly used: MutationCounts;
}

/** Puts what is declared, granted, allowed and used side by side, a row for each resource and place. */
export function compareRights({ declared, granted, allowed, used }: RightsToCompare): AccessRow[] {
  const rights = [...declared, ...granted, ...(allowed ?? [])];
  const firstByTarget = new Map(rights.map((right) => [targetOf(right), right]));
  return [...firstByTarget]
    .map(([target, right]): AccessRow => {
      const { namespace, names } = right;
      const verbsIn = (among: readonly Right[]) =>
        sortVerbs(among.filter((each) => targetOf(each) === target).map(({ verb }) => verb));
      return {
        resource: resourceWord(right),
        ...(namespace === undefined ? {} : { namespace }),
        ...(names === undefined ? {} : { names }),
        declared: verbsIn(declared),
        granted: verbsIn(granted),
        allowed: allowed === undefined ? null : verbsIn(allowed),
        used: usedOf(resourceWord(right), used),
      };
    })
    .toSorted((left, right) => compare(sortKey(left), sortKey(right)));
}

/** How the rights differ from what was declared, in words; undefined if they do not. */
export function differenceOf({ declared, granted, allowed }: AccessRow): string | undefined {
  const missing = allowed === null ? without(declared, granted) : without(declared, allowed);
  const more = without(allowed ?? granted, declared);
  const parts = [
    ...(missing.length > 0 ? [`lacks ${missing.join(", ")}`] : []),
    ...(more.length > 0 ? [`more than declared: ${more.join(", ")}`] : []),
  ];
  return parts.length > 0 ? parts.join("; ") : undefined;
}

function without(verbs: readonly string[], others: readonly string[]): string[] {
  return verbs.filter((verb) => !others.includes(verb));
}

function usedOf(resource: string, used: MutationCounts): Record<string, number> {
  const counts = Object.entries(used).map(
    ([verb, byResource]) => [verb, Object.hasOwn(byResource, resource) ? (byResource[resource] ?? 0) : 0] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** By place, the whole cluster first, then by name. */
function sortKey({ namespace = "", resource, names = [] }: AccessRow): string {
  return `${namespace}\0${resource}\0${names.join()}`;
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
