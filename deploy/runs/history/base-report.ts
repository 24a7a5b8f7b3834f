import { ENVIRONMENT } from "../../../runtime/run/pod/environment.ts";
import type { Report, RunIdentity } from "../../../runtime/run/report/report.ts";
import { NAME_LABEL, REVISION_LABEL } from "../../manifests/manifest.ts";
import { TRIGGERED_BY_ANNOTATION } from "../../manifests/manual-job.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import { terminatedState } from "./pod-end.ts";
import {
  failuresBefore,
  INSTANTIATE_ANNOTATION,
  type JobObject,
  type PodObject,
  SCHEDULED_TIME_ANNOTATION,
} from "./run-objects.ts";

/** The report of a run that left none: what its Job and pod say of it, and nothing else. */
export function baseReport(job: Pick<JobObject, "metadata"> & Partial<JobObject>, pod: PodObject | undefined): Report {
  const { metadata, status } = job;
  const finishedAt = terminatedAt(pod) ?? status?.completionTime;
  return {
    apiVersion: "errand/v1",
    kind: "Report",
    job: metadata.labels?.[NAME_LABEL] ?? metadata.name,
    namespace: metadata.namespace ?? "",
    revision: metadata.labels?.[REVISION_LABEL] ?? "",
    run: identityOf(job, pod),
    outcome: "running",
    dryRun: variableOf(job, ENVIRONMENT.dryRun) === "true",
    startedAt: pod?.status?.startTime ?? status?.startTime ?? metadata.creationTimestamp,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    mutations: {},
    requests: 0,
    retries: 0,
    peakMemoryBytes: 0,
  };
}

function identityOf(job: Pick<JobObject, "metadata">, pod: PodObject | undefined): RunIdentity {
  const { name: id, annotations = {} } = job.metadata;
  const attempt = pod === undefined ? 1 : failuresBefore(pod) + 1;
  const scheduled = annotations[SCHEDULED_TIME_ANNOTATION];
  if (scheduled === undefined || INSTANTIATE_ANNOTATION in annotations) {
    const triggeredBy = annotations[TRIGGERED_BY_ANNOTATION];
    return { id, attempt, trigger: "manual", ...(triggeredBy === undefined ? {} : { triggeredBy }) };
  }
  const time = new Date(scheduled);
  if (Number.isNaN(time.getTime())) return { id, attempt, trigger: "schedule" };
  return { id, attempt, trigger: "schedule", scheduledTime: time.toISOString().replace(".000Z", "Z") };
}

function variableOf(job: Partial<JobObject>, name: string): string | undefined {
  const containers = job.spec?.template.spec?.containers ?? [];
  return containers
    .find((container) => container.name === CONTAINER_NAME)
    ?.env?.find((variable) => variable.name === name)?.value;
}

function terminatedAt(pod: PodObject | undefined): string | undefined {
  return pod === undefined ? undefined : terminatedState(pod)?.finishedAt;
}
