import { isIP } from "node:net";
import type { DefinitionProblem } from "./errors.ts";
import { isRecord, problem } from "./problem.ts";

/** One place that a job's pod may connect to: a range of addresses, or pods, which are those of its own namespace where `namespaces` is absent. */
export interface EgressRule {
  /** Range of addresses, such as `10.1.0.0/16`, or `203.0.113.7/32` for a single one. */
  readonly cidr?: string;
  /** Ranges within `cidr` that are left out. */
  readonly except?: readonly string[];
  /** Labels of pods; `{}` for all. */
  readonly pods?: Readonly<Record<string, string>>;
  /** Labels of namespaces; `{}` for all. */
  readonly namespaces?: Readonly<Record<string, string>>;
  /** TCP ports. Default: all. */
  readonly ports?: readonly number[];
}

const FIELDS = ["cidr", "except", "pods", "namespaces", "ports"];
const HIGHEST_PORT = 65_535;

/** Finds what is wrong with a job's `egress`. */
export function findEgressProblems(egress: unknown): DefinitionProblem[] {
  if (egress === undefined) return [];
  if (!Array.isArray(egress)) {
    return [problem("egress", 'expected a list of places, such as [{ cidr: "10.1.0.0/16", ports: [443] }]')];
  }
  return egress.flatMap((rule: unknown, index) => findRuleProblems(`egress[${index}]`, rule));
}

/** Whether a text is a range of addresses. */
export function isCidr(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const [address = "", bits = "", ...rest] = value.split("/");
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

function findRuleProblems(field: string, rule: unknown): DefinitionProblem[] {
  if (!isRecord(rule)) return [problem(field, "expected { cidr } or { pods, namespaces }, with ports or without")];
  const { cidr, except, pods, namespaces, ports } = rule;
  const found = Object.keys(rule)
    .filter((key) => !FIELDS.includes(key))
    .map((key) => problem(`${field}.${key}`, `is no part of a place; expected some of ${FIELDS.join(", ")}`));
  const isSelected = pods !== undefined || namespaces !== undefined;
  if ((cidr !== undefined) === isSelected) {
    found.push(problem(field, "expected either cidr, or pods and namespaces by their labels"));
  }
  if (cidr !== undefined && !isCidr(cidr)) {
    found.push(problem(`${field}.cidr`, "expected a range of addresses, such as 10.1.0.0/16"));
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
  return isRecord(value) && !Array.isArray(value) && Object.values(value).every((each) => typeof each === "string");
}

function isPort(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= HIGHEST_PORT;
}
