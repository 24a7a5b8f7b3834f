import type { AccessRule, Verb } from "../../../runtime/job/access.ts";
import type { JobIdentity, Manifest } from "../../manifests/manifest.ts";
import { policyAndBinding } from "./reserved-policy.ts";
import { celList, celText, requested } from "./subjects.ts";

/** Admission's names for the verbs that change something. It never sees the others. https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/ */
const OPERATION_OF_VERB: Partial<Record<Verb, string>> = {
  create: "CREATE",
  update: "UPDATE",
  patch: "UPDATE",
  delete: "DELETE",
  deletecollection: "DELETE",
};

/** Subresources that are a CONNECT, whatever the verb. */
const CONNECTED = ["exec", "attach", "portforward", "proxy"];

/** The object's name. A request for a whole collection has none: admission is asked about each of its objects. */
const NAME = `has(request.name) && request.name != "" ? request.name : (oldObject != null ? oldObject.metadata.name : (object != null && has(object.metadata.name) ? object.metadata.name : ""))`;

/**
 * The policy that holds a job's ServiceAccount to the access that the job declares, even if its Role was widened, and whichever program has its token. It covers
 * changes and connections but not reads: admission is not asked about those.
 *
 * @param rules the declared access
 * @returns the policy and its binding, both cluster-wide, since the account can be granted rights anywhere
 */
export function pinnedPolicy(job: JobIdentity, rules: readonly AccessRule[]): Manifest[] {
  const { name, namespace, definition } = job;
  const account = `system:serviceaccount:${namespace}:${name}`;
  const allowed = rules.filter(({ path }) => path === undefined).flatMap((rule) => conditionOf(rule, job));
  const spec = {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }],
    },
    matchConditions: [{ name: "is-the-job", expression: `request.userInfo.username == ${celText(account)}` }],
    variables: [
      { name: "name", expression: NAME },
      { name: "place", expression: requested("namespace") },
      { name: "part", expression: requested("subResource") },
    ],
    validations: [
      {
        expression: allowed.length === 0 ? "false" : allowed.join(" || "),
        messageExpression: `${celText(`job ${name} does not declare to `)} + request.operation.lowerAscii() + " " + request.resource.resource + (variables.part == "" ? "" : "/" + variables.part) + (variables.place == "" ? "" : " in namespace " + variables.place)`,
        message: `job ${name} does not declare this access`,
        reason: "Forbidden",
      },
    ],
  };
  return definition.serviceAccountName === undefined
    ? policyAndBinding(`errand-access-${namespace}-${name}`, spec)
    : [];
}

/** One entry of `access` in CEL; none for an entry that only reads. */
function conditionOf(
  { group, resource, subresource = "", verbs, names, namespaced }: AccessRule,
  job: JobIdentity,
): string[] {
  const isConnected = CONNECTED.includes(subresource);
  const operations = verbs.map((verb) => (isConnected ? "CONNECT" : OPERATION_OF_VERB[verb]));
  const known = [...new Set(operations.filter((each) => each !== undefined))].sort();
  if (known.length === 0) return [];
  const { scope = "namespace" } = job.definition;
  const namespaces =
    scope === "cluster" ? undefined : [job.namespace, ...(scope === "namespace" ? [] : scope.namespaces)];
  // A custom resource may be cluster-scoped, and a Namespace's own namespace is itself.
  const places = namespaced === undefined ? [...(namespaces ?? []), ""] : namespaces;
  const isPlaced = places !== undefined && namespaced !== false;
  const conditions = [
    `request.resource.group == ${celText(group)}`,
    `request.resource.resource == ${celText(resource)}`,
    `variables.part == ${celText(subresource)}`,
    `request.operation in ${celList(known)}`,
    ...(isPlaced ? [`variables.place in ${celList([...new Set(places)].sort())}`] : []),
    ...(names === undefined ? [] : [`variables.name in ${celList([...new Set(names)].sort())}`]),
  ];
  return [`(${conditions.join(" && ")})`];
}
