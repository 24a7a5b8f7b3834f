import { runJob } from "../../runtime/embedded/controllers/jobs.ts";
import { demoNamespace } from "../../runtime/embedded/demo/demo-namespace.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { JOBS, NAMESPACES, PODS, SECRETS } from "../../runtime/embedded/objects/resource-table.ts";
import { readDocuments, type SeedDocument } from "../../runtime/embedded/seed/read-documents.ts";
import { namespacesNamed } from "../../runtime/embedded/seed/seed-objects.ts";
import { exitCodeOf } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { modulePaths } from "../build/evaluate.ts";
import { exampleSecrets } from "../embedded/example-secrets.ts";
import { podsIn, podTable } from "../embedded/pod-table.ts";
import { startRunIn } from "../embedded/start-run.ts";
import { untilSignal } from "../embedded/until-signal.ts";
import type { ParamSources } from "../params/complete-params.ts";
import { validateLocally } from "../project/params.ts";
import { type PreparedJob, prepareJob } from "../project/prepare.ts";
import { describeLogLine } from "../runs/describe-log-line.ts";
import { readRun } from "../runs/history/read-run.ts";
import { parseReport } from "../runs/history/report-text.ts";
import type { JobObject, PodObject } from "../runs/history/run-objects.ts";
import { answer } from "../terminal/answer.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type Format, style, talk } from "../terminal/talk.ts";
import { describeReport } from "./answers/describe-report.ts";

/** What `errand run --embedded` is told. */
export interface RunEmbeddedOptions extends ParamSources {
  /** Path of the job file. */
  readonly file: string;
  readonly dryRun: boolean;
  readonly output: Format;
  /** Where the job runs. Default: the one namespace that the seed names, or `demo`. */
  readonly namespace?: string | undefined;
  /** Files and folders of objects to find there instead of the demo's. */
  readonly seed?: readonly string[];
  /** Flags that choose a cluster: they contradict this. */
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

const DEFAULT_NAMESPACE = "demo";

/**
 * Runs a job on a Kubernetes API in memory that has a demo namespace or the objects of `--seed`: deployed with its generated Role, which is enforced, and
 * run by the runtime of its pod, as a child process with a mounted token. Shows the pods before and after; needs no cluster and no network.
 *
 * @returns the exit code of the run's outcome
 * @throws {CommandError} for a wrong job file, parameter or seed, before anything is started
 */
export async function runEmbedded(options: RunEmbeddedOptions): Promise<number> {
  refuseOtherCluster(options);
  const { file, param, given, dryRun, output, seed = [] } = options;
  await validateLocally(file, { param, given });
  const job = await prepareJob(file);
  const documents = seed.length === 0 ? undefined : await asCommandError(() => readDocuments(seed));
  const namespace = options.namespace ?? chooseNamespace(documents ?? []);
  await using cluster = await startEmbeddedCluster();
  if (documents) {
    await asCommandError(() => cluster.applyDocuments(documents, namespace));
    requireNamespace(cluster, namespace, documents);
  } else cluster.applyObjects(demoNamespace(namespace, Date.now()));
  const secrets = missingSecrets(cluster, namespace, job.definition.secrets);
  cluster.applyObjects(secrets);
  const before = podsIn(cluster, namespace, new Set());
  const tell = output === "table" ? talk : () => {};
  const place = `Namespace ${style.bold(namespace)} has ${count(before.length)}`;
  tell(`An embedded Kubernetes API at ${cluster.url}, in memory. ${place}:\n`);
  tell(`${podTable(before, Date.now())}\n`);
  if (secrets.length > 0) talk(`Made-up values: Secret ${secrets.map(({ metadata }) => metadata?.name).join(", ")}`);
  const run = await startRunIn(cluster, { job, namespace, param, given, dryRun });
  talk(`${style.bold(job.name)} runs${dryRun ? " (dry run)" : ""} with its own rights: ${describeRules(job.rules)}`);
  const own = await runAndTell(cluster, run, job.external.length === 0 ? [] : modulePaths(job.file));
  const report = reportOf(cluster, run);
  answer(output, report, () => `\n${describeReport(report)}\n`);
  tell(dryRun ? describeWishes(cluster, report, before) : describeRemains(before, podsIn(cluster, namespace, own)));
  return exitCodeOf(report);
}

function refuseOtherCluster({ context, kubeconfig }: RunEmbeddedOptions): void {
  const flag = context === undefined ? "--kubeconfig" : "--context";
  if (context === undefined && kubeconfig === undefined) return;
  throw new CommandError(`${flag} and --embedded do not go together: they name different clusters`);
}

function chooseNamespace(documents: readonly SeedDocument[]): string {
  const [only = DEFAULT_NAMESPACE, ...others] = namespacesNamed(documents);
  return others.length === 0 ? only : DEFAULT_NAMESPACE;
}

/** In a namespace that does not exist, a job would find nothing and succeed. */
function requireNamespace({ store }: EmbeddedCluster, namespace: string, documents: readonly SeedDocument[]): void {
  const named = namespacesNamed(documents);
  if (named.length === 0 || store.get(NAMESPACES, undefined, namespace)) return;
  const hint = `The seed has objects in ${named.join(", ")}: choose with -n where the job runs.`;
  throw new CommandError(`The namespace "${namespace}" does not exist`, { hint });
}

async function asCommandError<T>(work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`Invalid seed:\n${error.message.replace(/^/gm, "  ")}`, { cause: error });
  }
}

/** Made-up values for the Secrets that the job names and the seed does not have. */
function missingSecrets(cluster: EmbeddedCluster, namespace: string, secrets: PreparedJob["definition"]["secrets"]) {
  return exampleSecrets(namespace, secrets).filter(
    ({ metadata }) => !cluster.store.get(SECRETS, namespace, metadata?.name ?? ""),
  );
}

function describeRules(rules: readonly { readonly key: string; readonly verbs: readonly string[] }[]): string {
  return rules.map(({ key, verbs }) => `${verbs.join(", ")} ${key}`).join("; ") || "none";
}

/** @returns the names of the pods that the run itself had */
async function runAndTell(
  cluster: EmbeddedCluster,
  { metadata }: JobObject,
  packageFolders: readonly string[],
): Promise<ReadonlySet<string>> {
  const onLine = (line: string): void => {
    if (parseReport(line) === undefined) talk(`  ${describeLogLine(line)}`);
  };
  const namespace = metadata.namespace ?? "";
  const { pods } = await untilSignal((signal) =>
    runJob(cluster, namespace, metadata.name, { onLine, signal, packageFolders }),
  );
  return new Set(pods.map(({ name }) => name));
}

/** Read as `errand result` reads it: from the Job and its pods. */
function reportOf({ store }: EmbeddedCluster, { metadata }: JobObject): Report {
  const job = store.mustGet(JOBS, metadata.namespace, metadata.name) as unknown as JobObject;
  const pods = store.all(PODS, metadata.namespace) as unknown as PodObject[];
  const own = pods.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid));
  return readRun({ job, pods: own, events: [] }).report;
}

/** What the API server accepted as a dry run, from its audit log. */
function describeWishes(cluster: EmbeddedCluster, { namespace, job }: Report, pods: readonly PodObject[]): string {
  const wished = cluster.audit
    .ofServiceAccount(namespace, job)
    .filter(({ verb, resource, code, dryRun }) => verb === "delete" && resource === "pods" && code === 200 && dryRun);
  const names = new Set(wished.map(({ name }) => name));
  const intro = `A dry run: nothing was changed, all ${count(pods.length)} remain.`;
  if (names.size === 0) return intro;
  const those = pods.filter(({ metadata }) => names.has(metadata.name));
  return `${intro} It would have deleted ${names.size}:\n\n${podTable(those, Date.now())}`;
}

function describeRemains(before: readonly PodObject[], after: readonly PodObject[]): string {
  const counts = `${after.length} of ${count(before.length)} remain`;
  return after.length === before.length ? `${counts}.` : `${counts}:\n\n${podTable(after, Date.now())}`;
}

function count(pods: number): string {
  return pods === 1 ? "1 pod" : `${pods} pods`;
}
