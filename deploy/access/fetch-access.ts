import type { KubeObject } from "../../runtime/kube/objects.ts";
import type { MutationCounts } from "../../runtime/kube/stats.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import type { Cluster } from "../cluster/connect.ts";
import { unlessForbidden } from "../cluster/unless-forbidden.ts";
import type { RecordedRun } from "../history/recorded-run.ts";
import { jobSelector, MANAGED_BY_LABEL, MANAGER } from "../manifests/manifest.ts";
import { wideName } from "../manifests/role.ts";
import { fetchRecords } from "../runs/fetch-records.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import type { Account } from "./account.ts";
import { type AccessRow, compareRights } from "./compare-rights.ts";
import type { Declared } from "./declared-rights.ts";
import { listRights, reviewRights } from "./reviews.ts";
import { type Right, rightsOf } from "./right.ts";

/** What a job may, from four sides. */
export interface AccessOverview {
  readonly serviceAccount: string;
  readonly declaredIn: Declared["source"] | null;
  readonly rows: readonly AccessRow[];
  /** What could not be found out, one line each. */
  readonly notes: readonly string[];
}

/** Compares what a job declares with its Role, with what the API server allows its ServiceAccount, and with what its runs used. */
export async function fetchAccess(
  { api, namespace }: Pick<Cluster, "api" | "namespace">,
  cronJob: CronJobObject,
  declared: Declared | undefined,
): Promise<AccessOverview> {
  const job = cronJob.metadata.name;
  const name = cronJob.spec?.jobTemplate.spec?.template.spec?.serviceAccountName ?? "default";
  const account: Account = { namespace, name };
  const wanted = declared?.rights ?? [];
  const places = new Set([namespace, ...wanted.map((right) => right.namespace)]);
  const [granted, reviewed, listed, runs] = await Promise.all([
    unlessForbidden(fetchGranted(api, { name: job, namespace }, [...places]), undefined),
    reviewRights(api.send, account, wanted),
    listRights(api.send, account, namespace),
    fetchRecords(api, namespace, jobSelector(job)),
  ]);
  // What an incomplete list leaves out may be allowed: only what was asked for one by one can be missing.
  const isKnown = reviewed !== undefined || listed?.complete === true;
  const allowed = isKnown ? [...(reviewed ?? []), ...(listed?.rights ?? [])] : undefined;
  return {
    serviceAccount: `${namespace}/${name}`,
    declaredIn: declared?.source ?? null,
    rows: compareRights({ declared: wanted, granted: granted ?? [], allowed, used: sumMutations(runs) }),
    notes: [
      ...(declared === undefined ? ["what it declares is not known here: give its file instead of its name"] : []),
      ...(granted === undefined ? ["what its Role gives is not known: that takes the right to get roles"] : []),
      ...(reviewed === undefined
        ? ["what it declared is not checked: that takes the right to create subjectaccessreviews"]
        : []),
      ...(listed === undefined
        ? ["what else it may is not known: that takes the right to impersonate its ServiceAccount"]
        : []),
      ...(listed?.complete === false
        ? ["what else it may is not known as a whole: an authorizer of this cluster cannot list what it allows"]
        : []),
    ],
  };
}

type RoleObject = KubeObject & Pick<BuiltinObjects["roles"], "rules">;

/** The rules of the job's own Roles, in each place where it declares something. */
async function fetchGranted(
  api: Cluster["api"],
  job: { readonly name: string; readonly namespace: string },
  places: readonly (string | undefined)[],
): Promise<Right[]> {
  const roles = places.map(async (place) => {
    const name = place === job.namespace ? job.name : wideName(job);
    const kind = place === undefined ? "ClusterRole" : "Role";
    const reference = { apiVersion: "rbac.authorization.k8s.io/v1", kind, namespace: place, name };
    const role = await api.get<RoleObject>(reference);
    return role?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER ? rightsOf(place, role.rules ?? []) : [];
  });
  return (await Promise.all(roles)).flat();
}

function sumMutations(runs: readonly RecordedRun[]): MutationCounts {
  const sums: Record<string, Record<string, number>> = {};
  for (const { record } of runs) {
    if (record.report.dryRun) continue;
    for (const [verb, counts] of Object.entries(record.report.mutations)) {
      const ofVerb = sums[verb] ?? {};
      sums[verb] = ofVerb;
      for (const [resource, count] of Object.entries(counts)) ofVerb[resource] = (ofVerb[resource] ?? 0) + count;
    }
  }
  return sums;
}
