import { type DefinitionProblem, problem } from "../../runtime/job/problem.ts";
import { isMap } from "./merge.ts";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LABEL_KEY = /^(?:[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
export const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;
/** What errand tells its objects by, and what has Kubernetes grant a role to others. */
const OWN_KEY =
  /^(?:errand\/.*|app\.kubernetes\.io\/(?:name|component|managed-by|version)|(?:batch\.kubernetes|rbac\.authorization\.k8s)\.io\/.*)$/;

/** Finds what is wrong with labels or annotations. @param field their path, for messages */
export function findMetadataProblems(entries: unknown, field: string, value: RegExp): DefinitionProblem[] {
  if (entries === undefined) return [];
  if (!isMap(entries)) return [problem(field, 'expected texts by key, such as { team: "shop" }')];
  return Object.entries(entries).flatMap(([key, text]) => {
    if (OWN_KEY.test(key)) return [problem(`${field}.${key}`, "is reserved for errand and Kubernetes")];
    if (!LABEL_KEY.test(key)) return [problem(`${field}.${key}`, "is not a valid key of labels and annotations")];
    if (typeof text === "string" && value.test(text)) return [];
    return [problem(`${field}.${key}`, "expected at most 63 letters, digits, dots, dashes and underscores")];
  });
}
