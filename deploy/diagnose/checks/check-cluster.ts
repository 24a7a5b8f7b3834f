import type { AccessRule } from "../../../runtime/job/access.ts";
import type { ServedGroup } from "../../../runtime/kube/catalog/served.ts";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import { refusalOf } from "../../../runtime/kube/errors/refusal.ts";
import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import { OUTCOMES } from "../../../runtime/run/report/outcome.ts";
import { explainAnswer } from "../../cluster/explain-answer.ts";
import { explainError } from "../../cluster/explain-error.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { renderManifests } from "../../manifests/render.ts";
import type { PreparedJob } from "../../project/prepare.ts";
import type { DeployTarget } from "../../release/deploy-jobs.ts";
import { tryManifests } from "../../release/try-manifests.ts";
import { howToMake, type NeededObject } from "../../runs/history/missing-object.ts";
import { describeMissing, findNeeds } from "../why/snapshots.ts";
import { describeRights, findMissingRights, findUngranted, rightsToApply } from "./missing-rights.ts";

/** The manifests rely on how Jobs replace and count pods from this minor version on. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy */
const OLDEST_MINOR = 31;

const DENIED = OUTCOMES.denied.exitCode;
const INVALID = OUTCOMES.invalid.exitCode;

interface ServerVersion {
  readonly major: string;
  /** Some providers add letters to the number. */
  readonly minor: string;
  readonly gitVersion: string;
}

/** Why a job cannot be deployed, or would not run. */
interface Problem {
  readonly text: string;
  /** The exit code of the command if nothing is worse. */
  readonly exitCode: number;
}

/** What a cluster says about a job before it is deployed. Nothing is applied. */
export interface CheckedCluster {
  readonly context: string;
  readonly namespace: string;
  /** Of Kubernetes, such as `v1.37.2`. */
  readonly version: string;
  /** Why it cannot be deployed, or would not run; one line each. */
  readonly problems: readonly string[];
  /** What could not be checked. */
  readonly notes: readonly string[];
  /** The exit code of the command for this job. */
  readonly exitCode: number;
}

/**
 * Asks a cluster whether a job can be deployed to it and would run there: version, rights, resources, quotas, limits and Pod Security.
 *
 * @param job the scopes of its custom resources are already known from this cluster
 */
export async function checkCluster(target: DeployTarget, job: PreparedJob): Promise<CheckedCluster> {
  const { client, namespace, context } = target;
  const manifests = renderManifests({ ...job, namespace });
  const { major, minor, gitVersion } = await client.readJson<ServerVersion>("/version");
  const isOld = major === "1" && Number.parseInt(minor, 10) < OLDEST_MINOR;
  const [missing, ungranted, unserved] = await Promise.all([
    findMissingRights(client, rightsToApply(manifests)),
    findUngranted(client, manifests),
    findUnserved(client, job.rules),
  ]);
  // Without the rights to apply, a dry run would only repeat which ones are missing.
  const isDenied = missing.length > 0 || ungranted.length > 0;
  const tried = isDenied ? { problems: [], notes: [] } : await tryAll(client, manifests);
  const problems = [
    ...(isOld
      ? [{ text: `Kubernetes ${gitVersion} is too old: errand needs 1.${OLDEST_MINOR} or newer`, exitCode: INVALID }]
      : []),
    ...(missing.length > 0
      ? [{ text: `you may not deploy it: you lack ${describeRights(missing)}`, exitCode: DENIED }]
      : []),
    ...(ungranted.length > 0
      ? [
          {
            text: `you cannot grant rights that you do not have: you lack ${describeRights(ungranted)}, or escalate and bind on its Role`,
            exitCode: DENIED,
          },
        ]
      : []),
    ...unserved,
    ...tried.problems,
  ];
  return {
    context,
    namespace,
    version: gitVersion,
    problems: problems.map(({ text }) => text),
    notes: tried.notes,
    exitCode: worstOf(problems),
  };
}

/** Missing rights come before an invalid job, and both before what may go away by itself. */
function worstOf(problems: readonly Problem[]): number {
  const codes = problems.map(({ exitCode }) => exitCode);
  return [DENIED, INVALID].find((code) => codes.includes(code)) ?? codes[0] ?? 0;
}

async function tryAll(
  client: KubeClient,
  manifests: readonly Manifest[],
): Promise<{ readonly problems: readonly Problem[]; readonly notes: readonly string[] }> {
  try {
    await tryManifests(client, manifests, false);
  } catch (error) {
    const { message, hint, exitCode } = explainError(error);
    return { problems: [{ text: `${message}${hint === undefined ? "" : ` (${hint})`}`, exitCode }], notes: [] };
  }
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  if (cronJob === undefined) return { problems: [], notes: [] };
  const [{ problem, note }, needs] = await Promise.all([
    tryPod(client, cronJob),
    findNeedsOf(client, cronJob, manifests),
  ]);
  return {
    problems: [...(problem === undefined ? [] : [problem]), ...needs.problems].map((text) => ({
      text,
      exitCode: INVALID,
    })),
    notes: [...(note === undefined ? [] : [note]), ...needs.notes],
  };
}

/** The missing Secrets and ConfigMaps that the pods of each run would wait for. */
async function findNeedsOf(client: KubeClient, cronJob: Manifest, manifests: readonly Manifest[]) {
  const { namespace = "" } = cronJob.metadata;
  const spec = (cronJob.spec as CronJobSpec).jobTemplate.spec?.template.spec;
  if (spec === undefined) return { problems: [], notes: [] };
  const isMade = ({ kind, name }: NeededObject) =>
    name === "kube-root-ca.crt" || manifests.some((each) => each.kind === kind && each.metadata.name === name);
  const { missing, unread } = await findNeeds(client, namespace, spec, isMade);
  return {
    problems: missing.map(
      (each) => `its pods would not start: ${describeMissing(each)} (${howToMake(each, namespace, { spec })})`,
    ),
    notes: unread.map((what) => `cannot tell whether ${what} exists: that takes the right to get it`),
  };
}

/**
 * Finds what a job declares but this API server does not serve, custom resources included: a Role may name anything, so the cluster would not complain.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
async function findUnserved(client: KubeClient, rules: readonly AccessRule[]): Promise<Problem[]> {
  const resources = rules.filter(({ path }) => path === undefined);
  if (resources.length === 0) return [];
  const served = await client.served();
  return resources.map((rule) => problemOf(rule, served)).filter((problem) => problem !== undefined);
}

function problemOf(rule: AccessRule, served: readonly ServedGroup[]): Problem | undefined {
  const { key, group, version, resource, subresource, verbs } = rule;
  const problem = (text: string, { exitCode } = OUTCOMES.invalid as { readonly exitCode: number }) => ({
    text: `${key}: ${text}`,
    exitCode,
  });
  const ofGroup = served.find((each) => each.group === group)?.versions;
  if (ofGroup === undefined) return problem(`this cluster has no API group "${group}"`);
  const versions = version === undefined ? ofGroup : ofGroup.filter((each) => each.version === version);
  const main = versions.flatMap(({ resources }) => resources).find((each) => each.resource === resource);
  if (main === undefined && versions.some(({ isAway }) => isAway)) {
    const see = `kubectl get apiservices | grep ${group}`;
    return problem(
      `the API group ${group} is not available right now because its own server is down: ${see}`,
      OUTCOMES.unreachable,
    );
  }
  const found = subresource === undefined ? main : main?.subresources.find(({ name }) => name === subresource);
  if (found === undefined) return problem("this cluster does not have it");
  const unknown = verbs.filter((verb) => !found.verbs.includes(verb));
  return unknown.length === 0 ? undefined : problem(`this cluster does not support ${unknown.join(", ")} for it`);
}

type CronJobSpec = NonNullable<BuiltinObjects["cronjobs"]["spec"]>;

/** What the API server says about a job's pod. */
interface TrialPod {
  /** Why it would be rejected. */
  readonly problem?: string;
  /** Why this is unknown. */
  readonly note?: string;
}

/**
 * Tries a pod made from a CronJob's template on the API server, as a dry run: quotas, LimitRanges, Pod Security and webhooks judge pods, and would
 * otherwise do so only when the first run is due.
 */
async function tryPod(client: KubeClient, cronJob: Manifest): Promise<TrialPod> {
  const { name, namespace = "" } = cronJob.metadata;
  const { template } = (cronJob.spec as CronJobSpec).jobTemplate.spec ?? {};
  if (template?.spec === undefined) return { note: "the CronJob has no pod template" };
  // The job's ServiceAccount may not exist yet, and then the server would report only that.
  const spec = { ...template.spec, serviceAccountName: "default", automountServiceAccountToken: false };
  const metadata = { generateName: `${name}-`, namespace, labels: template.metadata?.labels ?? {} };
  try {
    await client.kube.inNamespace(namespace).pods.create({ metadata, spec }, { dryRun: true });
    return {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (refusalOf(error)?.cause === "rights")
      return { note: "cannot tell whether its pods would be admitted: that takes the right to create pods" };
    const hint = explainAnswer(error)?.hint;
    const says = error.serverMessage.replace(/\s+/g, " ").trim();
    return { problem: `its pods would be rejected: ${says}${hint === undefined ? "" : ` (${hint})`}` };
  }
}
