import { type JobIdentity, jobLabels, type Manifest } from "./manifest.ts";

/** The ServiceAccount that a job runs as. Its token is mounted only where a pod asks for it. */
export function serviceAccount({ name, namespace }: JobIdentity): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, labels: jobLabels(name) },
    automountServiceAccountToken: false,
  };
}

/** The ServiceAccount of a job: its own, or the one that it names. */
export function serviceAccountName({ name, definition }: JobIdentity): string {
  return definition.serviceAccountName ?? name;
}
