import { cascadingKeys } from "../../../runtime/job/cascades.ts";
import { DEFAULT_RETRIES, DEFAULT_TIME_ZONE, DEFAULT_TIMEOUT } from "../../../runtime/job/definition.ts";
import { formatDuration, parseDuration } from "../../../runtime/job/duration.ts";
import type { HttpHost } from "../../../runtime/job/http-hosts.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import type { KubeObject } from "../../../runtime/kube/surface/objects.ts";
import type { MethodsBySubresource } from "../../../runtime/kube/surface/subresource-methods.ts";
import { describeShares } from "../../build/size-report.ts";
import { namesBeyondPolicy } from "../../manifests/network-policy.ts";
import { describeUnknownScopes, isScopeUnknown } from "../../manifests/rbac.ts";
import type { Params } from "../../params/read-params.ts";
import type { PreparedJob } from "../../project/prepare.ts";
import { type ClockChange, describeClockChange, findClockChanges } from "../../schedule/clock-changes.ts";
import { describeSchedule, nextRuns, shortestIntervalMs } from "../../schedule/schedule.ts";
import type { Origin } from "../../settings/merge.ts";
import type { CheckedCluster } from "./check-cluster.ts";
import type { TypeCheck } from "./type-check.ts";

const RUNS_SHOWN = 5;

/** What is known about a job without asking a cluster. */
export interface CheckedJob {
  readonly file: string;
  readonly job: string;
  readonly description?: string;
  readonly revision: string;
  readonly schedule?: { readonly cron: string; readonly timeZone: string; readonly words: string };
  /** Parameters of the runs that the schedule starts; absent if it has none. */
  readonly params?: Params;
  /** The next times of the schedule, in RFC 3339. */
  readonly nextRuns: readonly string[];
  /** Runs that clock changes skip or double within a year. */
  readonly clockChanges: readonly ClockChange[];
  /** One line per rule, such as `list, delete pods`. */
  readonly access: readonly string[];
  /** Hosts that `http` may call. */
  readonly http: readonly string[];
  readonly timeout: string;
  readonly retries: number;
  readonly bundle: { readonly bytes: number; readonly shares: string };
  /** What works but may not be intended. */
  readonly warnings: readonly string[];
  /** Each effective setting and where it comes from. */
  readonly config: readonly Origin[];
  /** What the project's own compiler says; absent if it was not asked. */
  readonly types?: TypeCheck;
  /** Absent if no cluster was asked. */
  readonly cluster?: CheckedCluster;
}

/**
 * Sums up what is known about a valid job file without a cluster.
 *
 * @param file its path as the user gave it
 * @param now the next runs are those after it
 */
export function checkJob(file: string, job: PreparedJob, now: Date): CheckedJob {
  const { name, definition, rules, bundle } = job;
  const clockChanges = findClockChanges(definition, now);
  const { schedule, timeZone = DEFAULT_TIME_ZONE, description } = definition;
  return {
    file,
    job: name,
    ...(description === undefined ? {} : { description }),
    revision: bundle.hash,
    ...(schedule === undefined ? {} : { schedule: { cron: schedule, timeZone, words: describeSchedule(schedule) } }),
    ...(job.settings.params === undefined ? {} : { params: job.settings.params }),
    nextRuns: nextRuns(definition, now, RUNS_SHOWN).map((time) => time.toISOString().replace(".000Z", "Z")),
    clockChanges,
    access: rules.map(
      ({ key, verbs, names }) => `${verbs.join(", ")} ${key}${names ? ` named ${names.join(", ")}` : ""}`,
    ),
    http: (definition.http ?? []).map(describeHost),
    timeout: definition.timeout ?? DEFAULT_TIMEOUT,
    retries: definition.retries ?? DEFAULT_RETRIES,
    bundle: { bytes: bundle.size.shippedBytes, shares: describeShares(bundle.size) },
    warnings: [...findWarnings(job), ...clockChanges.map((change) => describeClockChange(change, timeZone))],
    config: job.origins,
  };
}

function describeHost(declared: HttpHost): string {
  return typeof declared === "string" ? declared : `${declared.host} (at ${declared.addresses.join(", ")})`;
}

/** The subresources and verbs that a method of the client uses. */
const USED: Readonly<
  Record<keyof MethodsBySubresource<KubeObject> | `${"exec" | "attach" | "portforward"}:get`, true>
> = {
  "status:get": true,
  "status:update": true,
  "status:patch": true,
  "finalize:update": true,
  "approval:update": true,
  "scale:get": true,
  "scale:update": true,
  "scale:patch": true,
  "log:get": true,
  "eviction:create": true,
  "resize:patch": true,
  "ephemeralcontainers:patch": true,
  "binding:create": true,
  "token:create": true,
  "proxy:get": true,
  "proxy:create": true,
  "proxy:update": true,
  "proxy:patch": true,
  "proxy:delete": true,
  // Kubernetes requires `get` besides `create`.
  "exec:create": true,
  "exec:get": true,
  "attach:create": true,
  "attach:get": true,
  "portforward:create": true,
  "portforward:get": true,
};

/** Rights that the Role would grant but the client cannot use. */
function findUnused(rules: PreparedJob["rules"]): string[] {
  return rules.flatMap(({ key, subresource, verbs }) => {
    const unused = verbs.filter((verb) => subresource !== undefined && !Object.hasOwn(USED, `${subresource}:${verb}`));
    return unused.length === 0 ? [] : [`access.${key}: no method of the client uses it: ${unused.join(", ")}`];
  });
}

function findWarnings({ definition, rules, settings }: PreparedJob): string[] {
  const warnings: string[] = findUnused(rules);
  const { concurrency = "forbid", timeout = DEFAULT_TIMEOUT, scope = "namespace" } = definition;
  if (definition.schedule === undefined && definition.timeZone !== undefined) {
    warnings.push(`timeZone: ${definition.timeZone} has no effect without a schedule, except on how times are shown`);
  }
  const cascading = definition.cascades ? Object.values(cascadingKeys(definition.access, builtinCatalog)).flat() : [];
  if (cascading.length > 0) {
    warnings.push(
      `a deleted object of ${cascading.join(", ")} counts as one, but also deletes everything it contains or owns; the report of a rehearsal lists it`,
    );
  }
  const interval = shortestIntervalMs(definition);
  if (interval !== undefined && parseDuration(timeout) > interval) {
    const effect = { forbid: "a due run is skipped", allow: "two run at once", replace: "the older one is killed" };
    warnings.push(
      `a run may take ${timeout}, longer than the ${formatDuration(interval)} between two runs: then ${effect[concurrency]}`,
    );
  }
  const { external = [] } = settings;
  if (external.length > 0) {
    warnings.push(
      `external: ${external.join(", ")} ${external.length === 1 ? "is" : "are"} not in the bundle: the image needs them in /node_modules, and only the image's digest verifies them`,
    );
  }
  const clusterWide = rules.filter((rule) => rule.namespaced === false).map(({ key }) => key);
  if (clusterWide.length > 0 && scope !== "cluster") {
    warnings.push(`${clusterWide.join(", ")} are cluster-wide: deploying the job takes a ClusterRole for them`);
  }
  const unknown = scope === "cluster" ? [] : rules.filter(isScopeUnknown).map(({ key }) => key);
  if (unknown.length > 0) warnings.push(describeUnknownScopes(unknown));
  const beyond = definition.egress === undefined ? [] : namesBeyondPolicy(definition.http ?? []);
  if (beyond.length > 0) {
    warnings.push(
      `egress: a NetworkPolicy holds addresses, not names, so the pod cannot reach ${beyond.join(", ")}; add their address ranges to egress`,
    );
  }
  if (definition.egress !== undefined && rules.length > 0 && settings.apiServer === undefined) {
    warnings.push(
      "egress: ports 443 and 6443 are open to every address, for the API server; set its addresses in errand.config.ts: apiServer",
    );
  }
  return warnings;
}
