import type { DefinitionProblem } from "./errors.ts";
import { isRecord, problem } from "./problem.ts";

/** RFC 1123 label: what Kubernetes accepts as the name of a namespace. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Finds what is wrong with `scope` and with the name of a ServiceAccount. */
export function findScopeProblems(scope: unknown, serviceAccountName: unknown): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  if (typeof serviceAccountName === "string" && !DNS_LABEL.test(serviceAccountName)) {
    found.push(
      problem("serviceAccountName", `"${serviceAccountName}" is no name: lower-case letters, digits and dashes`),
    );
  }
  if (scope === undefined || scope === "namespace" || scope === "cluster") return found;
  if (!isRecord(scope) || !Array.isArray(scope.namespaces) || scope.namespaces.length === 0) {
    found.push(problem("scope", 'expected "namespace", "cluster" or { namespaces: ["team-a"] }'));
    return found;
  }
  for (const name of scope.namespaces as readonly unknown[]) {
    if (typeof name !== "string" || !DNS_LABEL.test(name)) {
      found.push(problem("scope.namespaces", `${JSON.stringify(name)} is no name of a namespace`));
    }
  }
  return found;
}
