import type { DefinitionProblem } from "./errors.ts";
import { isRecord, problem } from "./problem.ts";

/** A key of a Secret in the job's namespace: `SECRET/KEY`. */
export type SecretKey = `${string}/${string}`;

/** What a name of a variable or of a secret may look like. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
const SECRET_KEY = /^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?\/[-._a-zA-Z0-9]+$/;
/** What errand itself says to the runtime, what Kubernetes says to every container, and what would change Node's own flags. */
const RESERVED_VARIABLE = /^(?:ERRAND_.*|KUBERNETES_.*|POD_NAMESPACE|NODE_OPTIONS)$/;

/** Finds what is wrong with the fields of a job that shape its pod: `env`, `secrets` and `pod`. */
export function findPodFieldProblems(fields: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  return [...findEnvProblems(fields.env), ...findSecretsProblems(fields.secrets), ...findPodProblems(fields.pod)];
}

/** Finds what is wrong with variables of the job's container. @param field its path, for messages */
export function findEnvProblems(env: unknown, field = "env"): DefinitionProblem[] {
  if (env === undefined) return [];
  if (!isMap(env)) return [problem(field, 'expected variables, such as { LOG_LEVEL: "debug" }')];
  return Object.entries(env).flatMap(([name, value]) => {
    if (!NAME.test(name)) return [problem(`${field}.${name}`, "expected a name of letters, digits and _")];
    if (isReservedVariable(name)) return [problem(`${field}.${name}`, "is a variable that errand or Kubernetes sets")];
    return typeof value === "string" ? [] : [problem(`${field}.${name}`, `expected a text, got ${typeof value}`)];
  });
}

/** Whether a variable is set by errand or by Kubernetes, and cannot be anybody else's. */
export function isReservedVariable(name: string): boolean {
  return RESERVED_VARIABLE.test(name);
}

function findSecretsProblems(secrets: unknown): DefinitionProblem[] {
  if (secrets === undefined) return [];
  if (!isMap(secrets)) return [problem("secrets", 'expected names with keys of Secrets: { token: "billing/token" }')];
  return Object.entries(secrets).flatMap(([name, key]) => {
    if (!NAME.test(name)) return [problem(`secrets.${name}`, "expected a name of letters, digits and _")];
    if (typeof key === "string" && SECRET_KEY.test(key)) return [];
    return [problem(`secrets.${name}`, 'expected a Secret and its key, such as "billing/token"')];
  });
}

function findPodProblems(pod: unknown): DefinitionProblem[] {
  if (pod === undefined || isMap(pod)) return [];
  return [problem("pod", "expected a patch of the pod template, such as { spec: { nodeSelector: { … } } }")];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !Array.isArray(value);
}
