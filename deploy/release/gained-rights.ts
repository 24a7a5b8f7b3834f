import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { unlessForbidden } from "../cluster/connect.ts";
import { findObject } from "../cluster/references.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { type AnyRule, type Right, resourceWord, rightsOf, sortVerbs, targetOf } from "../manifests/right.ts";
import { at } from "./revisions/revision.ts";

/**
 * Describes the rights that a job would gain from manifests: what their Roles grant and the existing Roles that are bound to its account do not, or everything
 * that a ServiceAccount may do which errand does not manage. What this person may not read counts as missing.
 */
export async function gainedRights(client: KubeClient, manifests: readonly Manifest[]): Promise<string[]> {
  const roles = manifests.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const live = cronJob && (await read(client, cronJob));
  const [name, now] = [cronJob, live].map((each) => at(each?.spec, ...POD, "serviceAccountName"));
  const account = { name, namespace: cronJob?.metadata.namespace };
  const gained = await Promise.all(
    roles.map(async (role) => without(allIn(role), await rightsNow(client, role, account))),
  );
  const isAnothers = name !== now && !manifests.some(({ kind }) => kind === "ServiceAccount");
  return [...(isAnothers ? [`everything ServiceAccount ${name} may do`] : []), ...describeRights(gained.flat())];
}

const POD = ["jobTemplate", "spec", "template", "spec"] as const;

/** The rights on resources that a Role or ClusterRole grants; none for other kinds. */
export function rightsIn({ kind, metadata, rules }: Manifest): Right[] {
  if ((kind !== "Role" && kind !== "ClusterRole") || !Array.isArray(rules)) return [];
  return rightsOf(kind === "Role" ? metadata.namespace : undefined, rules.filter(isRecord) as AnyRule[]);
}

/** With its rights on non-resource paths, as if each path were a resource. */
function allIn(role: Manifest): Right[] {
  const { rules } = role;
  const onPaths = (Array.isArray(rules) ? rules.filter(isRecord) : []) as PathRule[];
  const asResources = onPaths.map(({ nonResourceURLs: resources = [], verbs = [] }) => ({
    apiGroups: [""],
    resources,
    verbs,
  }));
  return [...rightsIn(role), ...rightsOf(undefined, asResources)];
}

type PathRule = { readonly nonResourceURLs?: readonly string[]; readonly verbs?: readonly string[] };

type Account = { readonly name: unknown; readonly namespace: string | undefined };

async function rightsNow(client: KubeClient, role: Manifest, account: Account): Promise<Right[]> {
  const [live, binding] = await Promise.all([
    read(client, role),
    read(client, { ...role, kind: `${role.kind}Binding` }),
  ]);
  const subjects = Array.isArray(binding?.subjects) ? binding.subjects.filter(isRecord) : [];
  // A binding from which somebody removed the account grants it nothing.
  const isBound = subjects.some(
    ({ kind, name, namespace }) =>
      kind === "ServiceAccount" && name === account.name && namespace === account.namespace,
  );
  return live === undefined || !isBound ? [] : allIn(live);
}

async function read(client: KubeClient, manifest: Manifest): Promise<Manifest | undefined> {
  const live = await unlessForbidden(findObject(client, manifest), undefined);
  return live as object | undefined as Manifest | undefined;
}

function without(rights: readonly Right[], others: readonly Right[]): Right[] {
  const known = new Set(others.map(keyOf));
  return rights.filter((right) => !known.has(keyOf(right)));
}

function keyOf(right: Right): string {
  return `${right.verb} ${targetOf(right)}`;
}

/** `delete, list pods in team-a`: a line for each resource and place. */
function describeRights(rights: readonly Right[]): string[] {
  return [...Map.groupBy(rights, targetOf).values()].map((same) => {
    const [first] = same;
    if (first === undefined) return "";
    const { namespace, names } = first;
    const named = names === undefined ? "" : ` (${names.join(", ")})`;
    const place = namespace === undefined ? "the whole cluster" : namespace;
    return `${sortVerbs(same.map(({ verb }) => verb)).join(", ")} ${resourceWord(first)}${named} in ${place}`;
  });
}
