import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { OUTCOMES } from "../../../runtime/run/report/outcome.ts";
import { explainError } from "../../cluster/explain-error.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { renderManifests } from "../../manifests/render.ts";
import { type Right, resourceWord, sortVerbs } from "../../manifests/right.ts";
import type { PreparedJob } from "../../project/prepare.ts";
import type { DeployTarget } from "../../release/deploy-jobs.ts";
import { tryManifests } from "../../release/try-manifests.ts";
import { howToMake, type NeededObject } from "../../runs/history/missing-object.ts";
import { describeMissing, findNeeds } from "../why/missing-objects.ts";
import { findMissingRights, grantsIn, rightsToApply } from "./needed-rights.ts";
import { findUnserved, type Problem } from "./served-resources.ts";
import { type CronJobSpec, tryPod } from "./trial-pod.ts";

/** Pods of Jobs are replaced and counted as the manifests need it from this minor version on. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy */
const OLDEST_MINOR = 31;

const DENIED = OUTCOMES.denied.exitCode;
const INVALID = OUTCOMES.invalid.exitCode;

interface ServerVersion {
  readonly major: string;
  /** Some providers add letters to the number. */
  readonly minor: string;
  readonly gitVersion: string;
}

/** What a cluster says to a job before it is deployed. Nothing is applied. */
export interface CheckedCluster {
  readonly context: string;
  readonly namespace: string;
  /** Of Kubernetes, such as `v1.37.2`. */
  readonly version: string;
  /** Why it could not be deployed, or would not run; one line each. */
  readonly problems: readonly string[];
  /** What could not be found out. */
  readonly notes: readonly string[];
  /** What the command ends with for this. */
  readonly exitCode: number;
}

/**
 * Asks a cluster whether a job could be deployed to it and would run there: version, rights, resources, quotas, limits and Pod Security.
 *
 * @param job of which the cluster was asked already whether its custom resources belong to a namespace
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
  // Who may not apply is told which right is missing, and not once more what the first refusal says.
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

/** Missing rights say more than a wrong job, and that more than what may pass. */
function worstOf(problems: readonly Problem[]): number {
  const codes = problems.map(({ exitCode }) => exitCode);
  return [DENIED, INVALID].find((code) => codes.includes(code)) ?? codes[0] ?? 0;
}

async function findUngranted(client: KubeClient, manifests: readonly Manifest[]): Promise<Right[]> {
  const missing = await Promise.all(
    grantsIn(manifests).map(async ({ rights, escalate, bind }) => {
      const lacking = await findMissingRights(client, rights);
      if (lacking.length === 0) return [];
      const withoutHelp = await findMissingRights(client, [escalate, bind]);
      return withoutHelp.length === 0 ? [] : lacking;
    }),
  );
  return missing.flat();
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

/** The Secrets and ConfigMaps that its pods would wait for, each night anew. */
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

/** `create, patch roles.rbac.authorization.k8s.io in team-a; …` */
function describeRights(rights: readonly Right[]): string {
  const verbsByTarget = new Map<string, string[]>();
  for (const right of rights) {
    const place = right.namespace === undefined ? "in the whole cluster" : `in ${right.namespace}`;
    const target = `${resourceWord(right)} ${place}`;
    verbsByTarget.set(target, [...(verbsByTarget.get(target) ?? []), right.verb]);
  }
  return [...verbsByTarget].map(([target, verbs]) => `${sortVerbs(verbs).join(", ")} ${target}`).join("; ");
}
