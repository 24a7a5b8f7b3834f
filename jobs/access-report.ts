import { defineJob, type Kube, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

type Role = Pick<Returned<ObjectOf<"clusterroles">>, "metadata" | "rules">;
type Binding = Pick<Returned<ObjectOf<"clusterrolebindings">>, "metadata" | "subjects" | "roleRef">;

/** A right with which more can be done than it says. A type and not an interface: only types are JSON to TypeScript. */
type Finding = {
  readonly subject: string;
  /** A namespace, or `*` for all. */
  readonly in: string;
  readonly risk: string;
  readonly by: string;
};

/** Beginnings of what Kubernetes itself makes, or what stands for its own parts. */
const SYSTEM = "system:";

const params = z.strictObject({
  system: z
    .boolean()
    .default(false)
    .describe("Also report Kubernetes' own roles and accounts (system:…, kube-… namespaces)"),
});

const access = {
  roles: ["list"],
  clusterroles: ["list"],
  rolebindings: ["list"],
  clusterrolebindings: ["list"],
  serviceaccounts: ["list"],
  pods: ["list"],
} as const;

type AllNamespaces = Kube<typeof access, "cluster">["allNamespaces"];

export default defineJob({
  description: "Reports who may do too much, and accounts that nobody uses",
  schedule: "0 6 1 * *",
  params,
  access,
  scope: "cluster",
  timeout: "10m",
  async run({ kube, params: { system }, log, progress }) {
    const all = kube.allNamespaces;
    const roles = new Map<string, Role>();
    for await (const role of kube.clusterroles.list()) roles.set(`ClusterRole/${role.metadata.name}`, role);
    for await (const role of all.roles.list()) roles.set(`Role/${role.metadata.namespace}/${role.metadata.name}`, role);
    const bindings: (Binding & { readonly namespace: string })[] = [];
    for await (const binding of kube.clusterrolebindings.list()) bindings.push({ ...binding, namespace: "*" });
    for await (const binding of all.rolebindings.list())
      bindings.push({ ...binding, namespace: binding.metadata.namespace });
    progress({ roles: roles.size, bindings: bindings.length });

    const findings: Finding[] = [];
    const dangling: string[] = [];
    const bound = new Set<string>();
    for (const { metadata, subjects = [], roleRef, namespace } of bindings) {
      const by = `${namespace === "*" ? "ClusterRoleBinding" : `RoleBinding ${namespace}`}/${metadata.name}`;
      const role = roles.get(
        roleRef.kind === "ClusterRole" ? `ClusterRole/${roleRef.name}` : `Role/${namespace}/${roleRef.name}`,
      );
      if (role === undefined) dangling.push(`${by}: ${roleRef.kind} ${roleRef.name} does not exist`);
      for (const { kind, name, namespace: home = namespace } of subjects) {
        const subject = kind === "ServiceAccount" ? `${kind} ${home}/${name}` : `${kind} ${name}`;
        bound.add(subject);
        if (isKubernetesOwn(kind, name, home) && !system) continue;
        const risks = role === undefined ? [] : risksOf(role, isEverybody(name));
        findings.push(...risks.map((risk) => ({ subject, in: namespace, risk, by })));
      }
    }
    const unused = await unusedAccounts(all, bound, system);
    for (const { subject, in: place, risk, by } of findings) log.warn(`${subject} in ${place}: ${risk}`, { by });
    return { findings, dangling, unused, roles: roles.size, bindings: bindings.length };
  },
});

/** Accounts with rights of which no pod makes use now. A token may still be used elsewhere. */
async function unusedAccounts(all: AllNamespaces, bound: ReadonlySet<string>, system: boolean): Promise<string[]> {
  const used = new Set<string>();
  for await (const { metadata, spec } of all.pods.list())
    used.add(`${metadata.namespace}/${spec.serviceAccountName ?? "default"}`);
  const unused: string[] = [];
  for await (const { metadata } of all.serviceaccounts.list()) {
    const name = `${metadata.namespace}/${metadata.name}`;
    const isSystem = metadata.namespace.startsWith("kube-");
    if (bound.has(`ServiceAccount ${name}`) && !used.has(name) && (system || !isSystem)) unused.push(name);
  }
  return unused;
}

/** Accounts count by their namespace, whichever of their three names a binding has. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects */
function isKubernetesOwn(kind: string, name: string, home: string): boolean {
  if (kind === "ServiceAccount") return home.startsWith("kube-");
  const [, account] = /^system:serviceaccounts?:([^:]+)/.exec(name) ?? [];
  if (account !== undefined) return account.startsWith("kube-");
  return name.startsWith(SYSTEM) && !isEverybody(name);
}

function isEverybody(name: string): boolean {
  return ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"].includes(
    name,
  );
}

/** https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks */
function risksOf({ metadata, rules = [] }: Role, isForEverybody: boolean): string[] {
  const risks = new Set<string>();
  for (const { verbs, resources = [], apiGroups = [], resourceNames = [], nonResourceURLs = [] } of rules) {
    const may = (...wanted: readonly string[]) => verbs.includes("*") || wanted.some((verb) => verbs.includes(verb));
    const on = (...wanted: readonly string[]) =>
      resources.some(
        (resource) =>
          resource === "*" || wanted.some((each) => each === resource || resource === `*/${each.split("/")[1]}`),
      );
    if (verbs.includes("*") && resources.includes("*") && apiGroups.includes("*")) {
      risks.add("may do everything");
      continue;
    }
    if (resourceNames.length > 0) continue; // narrowed to objects that somebody chose
    if (verbs.includes("*")) risks.add(`may do everything with ${[...resources, ...nonResourceURLs].join(", ")}`);
    if (on("secrets") && may("get", "list", "watch")) risks.add("may read Secrets");
    if (
      on("pods", "deployments", "daemonsets", "statefulsets", "jobs", "cronjobs", "replicasets") &&
      may("create", "update", "patch")
    ) {
      risks.add("may run pods as any account of the namespace");
    }
    if (on("pods/exec", "pods/attach") && may("create", "get")) risks.add("may run commands in pods");
    if (on("roles", "clusterroles") && may("escalate")) risks.add("may give itself rights (escalate)");
    if (on("roles", "clusterroles") && may("bind")) risks.add("may bind any role (bind)");
    if (on("users", "groups", "serviceaccounts") && may("impersonate")) risks.add("may act as others (impersonate)");
    if (on("serviceaccounts/token") && may("create")) risks.add("may make tokens of accounts");
    if (on("nodes/proxy") && may("get", "create")) risks.add("may talk to kubelets, past admission and audit");
    if (on("validatingwebhookconfigurations", "mutatingwebhookconfigurations") && may("create", "update", "patch")) {
      risks.add("may change what is admitted");
    }
  }
  // What everybody may is a finding by itself, but for what Kubernetes gives to all.
  if (isForEverybody && rules.length > 0 && !metadata.name.startsWith(SYSTEM))
    risks.add(`everybody has ${metadata.name}`);
  return [...risks];
}
