import type { DefinitionProblem } from "./errors.ts";
import { isRecord, problem } from "./problem.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^\d+(?:\.\d+)?(?:[num]|[kMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;

/** Finds what is wrong with the pod's `resources`. */
export function findResourcesProblems(resources: unknown): DefinitionProblem[] {
  if (resources === undefined) return [];
  if (!isRecord(resources)) return [problem("resources", "expected { requests, limits }")];
  return Object.entries(resources).flatMap(([part, amounts]) => {
    if (!["requests", "limits"].includes(part) || !isRecord(amounts)) {
      return [problem(`resources.${part}`, 'expected requests or limits, such as { requests: { memory: "64Mi" } }')];
    }
    return Object.entries(amounts)
      .filter(([name, amount]) => !["cpu", "memory"].includes(name) || !QUANTITY.test(String(amount)))
      .map(([name]) =>
        problem(`resources.${part}.${name}`, "expected cpu or memory with a quantity, such as 100m or 256Mi"),
      );
  });
}
