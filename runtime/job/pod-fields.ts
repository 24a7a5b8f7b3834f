import { isIP } from "node:net";
import { type DefinitionProblem, isRecord, problem } from "./problem.ts";

/** A key of a Secret in the job's namespace: `SECRET/KEY`. */
export type SecretKey = `${string}/${string}`;

/** Valid names of variables and secrets. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
const SECRET_KEY = /^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?\/[-._a-zA-Z0-9]+$/;
/** Variables set by errand or Kubernetes, and those that would change Node's flags. */
const RESERVED_VARIABLE = /^(?:ERRAND_.*|KUBERNETES_.*|POD_NAMESPACE|NODE_OPTIONS)$/;

/** Validates the fields that shape the pod: `resources`, `egress`, `env`, `secrets` and `pod`. */
export function findPodFieldProblems(fields: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  return [
    ...findResourcesProblems(fields.resources),
    ...findEgressProblems(fields.egress),
    ...findEnvProblems(fields.env),
    ...findSecretsProblems(fields.secrets),
    ...findPodProblems(fields.pod),
  ];
}

/** @param field its path, for messages */
export function findEnvProblems(env: unknown, field = "env"): DefinitionProblem[] {
  if (env === undefined) return [];
  if (!isMap(env)) return [problem(field, 'expected variables, such as { LOG_LEVEL: "debug" }')];
  return Object.entries(env).flatMap(([name, value]) => {
    if (!NAME.test(name)) return [problem(`${field}.${name}`, "expected a name of letters, digits and _")];
    if (isReservedVariable(name)) return [problem(`${field}.${name}`, "is set by errand or Kubernetes")];
    return typeof value === "string" ? [] : [problem(`${field}.${name}`, `expected a string, got ${typeof value}`)];
  });
}

/** True for a variable that only errand or Kubernetes may set. */
export function isReservedVariable(name: string): boolean {
  return RESERVED_VARIABLE.test(name);
}

/** Whether a value is `SECRET/KEY`. */
export function isSecretKey(value: unknown): value is SecretKey {
  return typeof value === "string" && SECRET_KEY.test(value);
}

function findSecretsProblems(secrets: unknown): DefinitionProblem[] {
  if (secrets === undefined) return [];
  if (!isMap(secrets)) return [problem("secrets", 'expected names with keys of Secrets: { token: "billing/token" }')];
  return Object.entries(secrets).flatMap(([name, key]) => {
    if (!NAME.test(name)) return [problem(`secrets.${name}`, "expected a name of letters, digits and _")];
    if (isSecretKey(key)) return [];
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

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^\d+(?:\.\d+)?(?:[num]|[kMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;

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

/** An allowed destination: an address range, or pods, by default of the job's own namespace. */
export interface EgressRule {
  /** An address range such as `10.1.0.0/16`, or `203.0.113.7/32` for a single address. */
  readonly cidr?: string;
  /** Excluded ranges within `cidr`. */
  readonly except?: readonly string[];
  /** Labels of pods; `{}` for all. */
  readonly pods?: Readonly<Record<string, string>>;
  /** Labels of namespaces; `{}` for all. */
  readonly namespaces?: Readonly<Record<string, string>>;
  /** TCP ports. Default: all. */
  readonly ports?: readonly number[];
}

const EGRESS_FIELDS = ["cidr", "except", "pods", "namespaces", "ports"];
const HIGHEST_PORT = 65_535;

function findEgressProblems(egress: unknown): DefinitionProblem[] {
  if (egress === undefined) return [];
  if (!Array.isArray(egress)) {
    return [problem("egress", 'expected a list of destinations, such as [{ cidr: "10.1.0.0/16", ports: [443] }]')];
  }
  return egress.flatMap((rule: unknown, index) => findEgressRuleProblems(`egress[${index}]`, rule));
}

/** True for a valid address range. */
export function isCidr(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const [address = "", bits = "", ...rest] = value.split("/");
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

function findEgressRuleProblems(field: string, rule: unknown): DefinitionProblem[] {
  if (!isRecord(rule)) return [problem(field, "expected { cidr } or { pods, namespaces }, optionally with ports")];
  const { cidr, except, pods, namespaces, ports } = rule;
  const found = Object.keys(rule)
    .filter((key) => !EGRESS_FIELDS.includes(key))
    .map((key) => problem(`${field}.${key}`, `expected one of ${EGRESS_FIELDS.join(", ")}`));
  const isSelected = pods !== undefined || namespaces !== undefined;
  if ((cidr !== undefined) === isSelected) {
    found.push(problem(field, "expected either cidr, or pods and namespaces by their labels"));
  }
  if (cidr !== undefined && !isCidr(cidr)) {
    found.push(problem(`${field}.cidr`, "expected an address range, such as 10.1.0.0/16"));
  }
  if (except !== undefined && !(cidr !== undefined && Array.isArray(except) && except.every(isCidr))) {
    found.push(problem(`${field}.except`, "expected a list of ranges within cidr, such as [10.1.2.0/24]"));
  }
  for (const [key, labels] of Object.entries({ pods, namespaces })) {
    if (labels !== undefined && !isTextMap(labels)) {
      found.push(problem(`${field}.${key}`, 'expected labels, such as { app: "database" }; {} for all'));
    }
  }
  if (ports !== undefined && !(Array.isArray(ports) && ports.length > 0 && ports.every(isPort))) {
    found.push(problem(`${field}.ports`, `expected a list of port numbers from 1 to ${HIGHEST_PORT}`));
  }
  return found;
}

function isTextMap(value: unknown): boolean {
  return isMap(value) && Object.values(value).every((each) => typeof each === "string");
}

function isPort(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= HIGHEST_PORT;
}
