import {
  COMPONENT_LABEL,
  MANAGED_BY_LABEL,
  MANAGER,
  type Manifest,
  NAME_LABEL,
  NAMESPACE_LABEL,
  REVISION_LABEL,
} from "../../manifests/manifest.ts";
import { PAUSED_ANNOTATION } from "../../runs/pause.ts";
import { celList, celText, isOneOf, requested, type Subjects } from "./subjects.ts";

const ADMISSION_API = "admissionregistration.k8s.io/v1";

/** Labels that say which job an object belongs to. Other tools use them too, so they count only on errand's objects. */
const IDENTITY_LABELS = [NAME_LABEL, COMPONENT_LABEL, REVISION_LABEL];

/** Who may change errand's objects, and where. */
export interface ReservedOptions {
  /** May deploy, roll back and remove. */
  readonly deployers: Subjects;
  /** May trigger, retry, cancel, pause and resume. */
  readonly operators: Subjects;
  /** The only namespace that it applies to; absent: all. */
  readonly namespace?: string | undefined;
}

/** The kinds that errand creates; it believes its labels on no others. A write to a status can also change labels and annotations. */
const RESOURCES = [
  { apiGroups: [""], resources: ["configmaps", "secrets", "serviceaccounts", "pods", "pods/status"] },
  { apiGroups: ["batch"], resources: ["cronjobs", "cronjobs/status", "jobs", "jobs/status"] },
  {
    apiGroups: ["rbac.authorization.k8s.io"],
    resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
  },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"] },
];

/** Anybody may use one of them: it protects a pod from the job pod-cleanup. */
const OWN_ANNOTATION = 'key.startsWith("errand/") && key != "errand/keep"';

/** The reserved marks of an object, each as a text, so that two objects can be compared: maps have no order in CEL. */
function marksOf(object: string): string {
  const name = `(request.resource.resource in ["configmaps", "secrets"] && ${object}.metadata.name.startsWith("errand-") ? [${object}.metadata.name] : [])`;
  // The CronJob controller copies the template's metadata to its Jobs, and it is exempt from this policy.
  const template = `dyn(${object}).spec.jobTemplate.metadata`;
  const ofTemplate = `(request.resource.resource == "cronjobs" && has(${template}) ? ${marksIn(template)} : [])`;
  // A pod belongs to the Job that it names as its owner, and anybody can write that.
  const owners = `${object}.metadata.ownerReferences`;
  const owner = `(request.resource.resource == "pods" && has(${owners}) ? ${owners}.filter(owner, owner.apiVersion == "batch/v1" && owner.kind == "Job").map(owner, "owner=" + owner.uid) : [])`;
  return `${object} == null ? [] : ${marksIn(`${object}.metadata`)} + ${name} + ${ofTemplate} + ${owner}`;
}

function marksIn(metadata: string): string {
  const of = (field: string, isReserved: string) =>
    `(has(${metadata}.${field}) ? ${metadata}.${field}.map(key, ${isReserved}, key + "=" + ${metadata}.${field}[key]) : [])`;
  const label = `key.startsWith("errand/") || (key == ${celText(MANAGED_BY_LABEL)} && ${metadata}.labels[key] == ${celText(MANAGER)})`;
  return `${of("labels", label)} + ${of("annotations", OWN_ANNOTATION)}`;
}

/** The labels that say which job one of errand's objects belongs to. */
function identityOf(object: string): string {
  const labels = `${object}.metadata.labels`;
  const isOwn = `has(${labels}) && ${celText(MANAGED_BY_LABEL)} in ${labels} && ${labels}[${celText(MANAGED_BY_LABEL)}] == ${celText(MANAGER)}`;
  return `${object} != null && ${isOwn} ? ${labels}.map(key, key in ${celList(IDENTITY_LABELS)}, key + "=" + ${labels}[key]) : []`;
}

const SAME = (left: string, right: string) =>
  `(${left}.all(mark, mark in ${right}) && ${right}.all(mark, mark in ${left}))`;

/** Controllers, kubelets and the garbage collector: they create Jobs and pods, end them, and delete what belonged to them. */
const IS_SYSTEM = `request.userInfo.username.startsWith("system:serviceaccount:kube-system:") || request.userInfo.username in ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver"] || (has(request.userInfo.groups) && "system:nodes" in request.userInfo.groups)`;

const PAUSED = `!mark.startsWith(${celText(`${PAUSED_ANNOTATION}=`)})`;

/** Runs, with their plans and secrets, and whether a CronJob is suspended, but not what it runs. */
const OPERATOR_MAY = [
  'request.resource.resource == "jobs" && request.operation != "DELETE"',
  'request.resource.resource == "secrets"',
  'request.resource.resource == "configmaps" && request.operation == "CREATE" && variables.marks.exists(mark, mark.startsWith("errand/plan-of="))',
  `request.resource.resource == "cronjobs" && request.operation == "UPDATE" && dyn(object).spec.jobTemplate == dyn(oldObject).spec.jobTemplate && dyn(object).spec.schedule == dyn(oldObject).spec.schedule && variables.sameIdentity && ${SAME(`variables.marks.filter(mark, ${PAUSED})`, `variables.oldMarks.filter(mark, ${PAUSED})`)}`,
];

/** What others may do nevertheless: a cleanup deletes finished pods, a queue suspends Jobs, a service mesh annotates ServiceAccounts. */
const ANYBODY_MAY = [
  'request.operation == "DELETE" && request.resource.resource in ["pods", "jobs"]',
  `request.operation == "UPDATE" && request.resource.resource in ["pods", "jobs", "serviceaccounts"] && variables.sameIdentity && ${SAME("variables.marks", "variables.oldMarks")}`,
];

/**
 * The policy that keeps others from forging what errand believes: its labels, its annotations (`errand/…`), and ConfigMaps and Secrets with its names
 * (`errand-…`). https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 *
 * @returns the policy and its binding, both cluster-wide
 */
export function reservedPolicy({ deployers, operators, namespace }: ReservedOptions): Manifest[] {
  const name = namespace === undefined ? "errand-reserved" : `errand-reserved-${namespace}`;
  const resourceRules = RESOURCES.map((rule) => ({
    ...{ apiGroups: rule.apiGroups, apiVersions: ["*"], operations: ["CREATE", "UPDATE", "DELETE"] },
    resources: rule.resources,
  }));
  const isTouched = "size(variables.marks) + size(variables.oldMarks) == 0";
  const spec = {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules },
    ...(namespace === undefined
      ? {}
      : { matchConditions: [{ name: "is-of-the-namespace", expression: isOfNamespace(namespace) }] }),
    variables: [
      { name: "marks", expression: marksOf("object") },
      { name: "oldMarks", expression: marksOf("oldObject") },
      { name: "identity", expression: identityOf("object") },
      { name: "oldIdentity", expression: identityOf("oldObject") },
      { name: "sameIdentity", expression: SAME("variables.identity", "variables.oldIdentity") },
      { name: "isSystem", expression: IS_SYSTEM },
      { name: "isDeployer", expression: isOneOf(deployers) },
      { name: "isOperator", expression: isOneOf(operators) },
      { name: "operatorMay", expression: OPERATOR_MAY.map((each) => `(${each})`).join(" || ") },
      { name: "anybodyMay", expression: ANYBODY_MAY.map((each) => `(${each})`).join(" || ") },
    ],
    validations: [
      {
        expression: `${isTouched} || variables.isSystem || variables.isDeployer || (variables.isOperator && variables.operatorMay) || variables.anybodyMay`,
        messageExpression: `"errand's objects are reserved for its deployers, and " + request.userInfo.username + " is not one: their labels, annotations (errand/...) and names (errand-...)"`,
        message: "errand's objects are reserved for its deployers",
        reason: "Forbidden",
      },
    ],
  };
  return policyAndBinding(name, spec);
}

/** A binding's namespaceSelector does not exclude cluster-scoped objects: their label says which namespace's jobs they belong to. */
function isOfNamespace(namespace: string): string {
  const label = celText(NAMESPACE_LABEL);
  const isLabelled = (object: string) =>
    `(${object} != null && has(${object}.metadata.labels) && ${label} in ${object}.metadata.labels && ${object}.metadata.labels[${label}] == ${celText(namespace)})`;
  const place = requested("namespace");
  return `${place} == ${celText(namespace)} || (${place} == "" && (${isLabelled("object")} || ${isLabelled("oldObject")}))`;
}

/** A policy, and the binding that makes it take effect. */
export function policyAndBinding(name: string, spec: object): Manifest[] {
  const metadata = { name, labels: { [MANAGED_BY_LABEL]: MANAGER } };
  return [
    { apiVersion: ADMISSION_API, kind: "ValidatingAdmissionPolicy", metadata, spec },
    {
      ...{ apiVersion: ADMISSION_API, kind: "ValidatingAdmissionPolicyBinding", metadata },
      spec: { policyName: name, validationActions: ["Deny"] },
    },
  ];
}
