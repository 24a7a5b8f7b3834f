import type { MutationCounts } from "../../../runtime/kube/pipeline/stats.ts";
import { type Cluster, unlessForbidden } from "../../cluster/connect.ts";
import type { Account } from "../../cluster/identities.ts";
import { jobSelector } from "../../manifests/manifest.ts";
import { isWithin, type Right } from "../../manifests/right.ts";
import { fetchRecords } from "../../runs/fetch-jobs.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import type { RecordedRun } from "../../runs/history/recorded-run.ts";
import { isRunOf, type JobObject } from "../../runs/history/run-objects.ts";
import { type AccessRow, compareRights } from "./compare-rights.ts";
import { type Declared, fetchGranted, fetchPlaces, listRights, reviewRights } from "./job-rights.ts";

/** What a job may do, from four sides. */
export interface AccessOverview {
  readonly serviceAccount: string;
  readonly declaredIn: Declared["source"] | null;
  readonly rows: readonly AccessRow[];
  /** What could not be checked, one line each. */
  readonly notes: readonly string[];
}

/** Compares what a job declares with its Role, with what the API server allows its ServiceAccount, and with what its runs used. */
export async function fetchAccess(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  cronJob: CronJobObject,
  known: Declared | undefined,
): Promise<AccessOverview> {
  const job = cronJob.metadata.name;
  const name = cronJob.spec?.jobTemplate.spec?.template.spec?.serviceAccountName ?? "default";
  const account: Account = { namespace, name };
  const own = { name: job, namespace };
  const places = known === undefined ? await fetchPlaces(client, own) : known.rights.map((right) => right.namespace);
  const granted = await unlessForbidden(fetchGranted(client, own, [...new Set([namespace, ...places])]), undefined);
  const declared = known ?? declaredByRole(granted);
  const wanted = declared?.rights ?? [];
  const owned = Promise.resolve((run: JobObject) => isRunOf(cronJob, run));
  const [reviewed, listed, { runs }] = await Promise.all([
    reviewRights(client, account, wanted),
    listRights(client, account, namespace),
    fetchRecords(client, namespace, jobSelector(job), owned),
  ]);
  // An incomplete list may leave out what is allowed: only rights that were reviewed one by one are known to be missing.
  const isKnown = reviewed !== undefined || listed?.complete === true;
  // A right declared for the whole cluster is listed again for its namespace. It is the same right, and the review has covered it.
  const others = (listed?.rights ?? []).flatMap((right) => {
    const declaredAs = wanted.find((each) => isWithin(right, each));
    return declaredAs === undefined ? [right] : reviewed === undefined ? [declaredAs] : [];
  });
  const allowed = isKnown ? [...(reviewed ?? []), ...others] : undefined;
  return {
    serviceAccount: `${namespace}/${name}`,
    declaredIn: declared?.source ?? null,
    rows: compareRights({ declared: wanted, granted: granted ?? [], allowed, used: sumMutations(runs) }),
    notes: [
      ...(declared === undefined ? ["its declared access is unknown here: pass its file instead of its name"] : []),
      ...(declared?.source === "role"
        ? ["there is no record of a deploy here, so its Role counts as declared; pass its file to compare with that"]
        : []),
      ...(granted === undefined ? ["cannot see what its Role grants: that takes the right to get roles"] : []),
      ...(reviewed === undefined
        ? ["did not check what it declares: that takes the right to create subjectaccessreviews"]
        : []),
      ...(listed === undefined
        ? ["cannot see what else it may do: that takes the right to impersonate its ServiceAccount"]
        : []),
      ...(listed?.complete === false
        ? ["cannot see everything else it may do: an authorizer of this cluster cannot list what it allows"]
        : []),
    ],
  };
}

/** Helm, kustomize and GitOps leave no record of a deploy, but the Roles that they apply come from what the job declares. */
function declaredByRole(granted: readonly Right[] | undefined): Declared | undefined {
  return granted === undefined || granted.length === 0 ? undefined : { rights: granted, source: "role" };
}

/** Uses maps, since a report may hold a verb called `__proto__`. */
function sumMutations(runs: readonly RecordedRun[]): MutationCounts {
  const sums = new Map<string, Map<string, number>>();
  for (const { record } of runs) {
    if (record.report.dryRun) continue;
    for (const [verb, counts] of Object.entries(record.report.mutations)) {
      const ofVerb = sums.get(verb) ?? new Map<string, number>();
      sums.set(verb, ofVerb);
      for (const [resource, count] of Object.entries(counts)) ofVerb.set(resource, (ofVerb.get(resource) ?? 0) + count);
    }
  }
  return Object.fromEntries([...sums].map(([verb, counts]) => [verb, Object.fromEntries(counts)]));
}
