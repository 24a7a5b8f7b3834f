import type { JobObject, PodObject } from "../../runs/history/run-objects.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import type { Cause, RunSnapshot } from "./cause.ts";

type PodSpec = NonNullable<PodObject["spec"]>;
type Container = PodSpec["containers"][number];

/** What Kubernetes itself adds to the pods of a Job; not a change. */
const KUBERNETES_OWN = /^(?:JOB_COMPLETION_INDEX|kube-api-access-.*)$/;

/** Node's exit code for an unknown flag. https://nodejs.org/api/process.html#exit-codes */
const BAD_OPTION = 9;

/**
 * Finds how a pod differs from what its Job asked for, which is the work of admission webhooks and policies. Shows only the names of variables, since values may be
 * secrets, except NODE_OPTIONS, which can make Node load more code.
 *
 * @returns one phrase for each difference
 */
export function podChanges(job: JobObject, pod: PodObject | undefined): string[] {
  const wanted = job.spec?.template.spec;
  if (pod?.spec == null || wanted == null) return [];
  const before = jobContainer(wanted);
  const after = jobContainer(pod.spec);
  if (before === undefined || after === undefined) return [];
  return [
    ...differing(before.env, after.env).map(({ name, value }) =>
      name === "NODE_OPTIONS" ? `${name}=${JSON.stringify(value ?? "")}` : `variable ${name}`,
    ),
    ...(["image", "command", "args"] as const).filter((field) => isOther(before[field], after[field])),
    ...differing(before.volumeMounts, after.volumeMounts, "mountPath").map(({ mountPath }) => `mount ${mountPath}`),
    ...differing(wanted.initContainers, pod.spec.initContainers).map(({ name }) => `init container ${name}`),
    ...differing(wanted.containers, pod.spec.containers)
      .filter(({ name }) => name !== CONTAINER_NAME)
      .map(({ name }) => `container ${name}`),
  ];
}

/** The process ended before it could report, and its pod is not what its Job asked for, or has another Node than expected. */
export const changedPod: Cause<"changedPod", RunSnapshot> = {
  name: "changedPod",
  find({ pod, objects: { job }, record: { phase, report }, run, namespace }) {
    if (phase !== "finished" || report.outcome !== "lost") return undefined;
    const message = report.error?.message ?? "it left no report";
    const options = nodeOptions(job, pod);
    const log = `errand logs ${run} -n ${namespace}`;
    if (options !== undefined) {
      return {
        what: "Node ended before the job began: something other than errand set NODE_OPTIONS in its pod",
        evidence: [`pod ${pod?.metadata.name}: NODE_OPTIONS=${JSON.stringify(options)}`, `report: ${message}`],
        next: `Opt this job out, such as by annotations: { "instrumentation.opentelemetry.io/inject-nodejs": "false" } in errand.config.ts, and deploy; Node's output: ${log}`,
      };
    }
    if (exitCodeOf(pod) !== BAD_OPTION) return undefined;
    return {
      what: "Node did not know one of its flags: the image has another Node version than errand assumed",
      evidence: [`pod ${pod?.metadata.name}: image ${jobContainer(pod?.spec)?.image}`, `report: ${message}`],
      next: `Set it with nodeVersion: 24 in errand.config.ts or --node-version 24, and deploy; Node's output: ${log}`,
    };
  },
};

/** NODE_OPTIONS of the pod, unless its Job set them. */
function nodeOptions(job: JobObject, pod: PodObject | undefined): string | undefined {
  const of = (spec: PodSpec | undefined) => jobContainer(spec)?.env?.find(({ name }) => name === "NODE_OPTIONS");
  const wanted = of(job.spec?.template.spec);
  const found = of(pod?.spec);
  return found === undefined || found.value === wanted?.value ? undefined : (found.value ?? "");
}

function jobContainer(spec: PodSpec | undefined): Container | undefined {
  return spec?.containers.find(({ name }) => name === CONTAINER_NAME);
}

function exitCodeOf(pod: PodObject | undefined): number | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === CONTAINER_NAME)?.state?.terminated?.exitCode;
}

/** What was found but not asked for, or asked for differently. */
function differing<T extends { readonly name: string }>(
  wanted: readonly T[] | undefined,
  found: readonly T[] | undefined,
  key: keyof T & string = "name",
): T[] {
  return (found ?? []).filter((each) => {
    if (KUBERNETES_OWN.test(each.name)) return false;
    const same = wanted?.find((other) => other[key] === each[key]);
    // Containers and mounts count if they are new; variables also if their value differs.
    return same === undefined || ("value" in each && isOther(same, each));
  });
}

function isOther(left: unknown, right: unknown): boolean {
  return JSON.stringify(left ?? null) !== JSON.stringify(right ?? null);
}
