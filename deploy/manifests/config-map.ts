import type { Bundle } from "../build/bundle.ts";
import { type JobIdentity, type Manifest, revisionLabels } from "./manifest.ts";

/** The name says the contents, so that a running pod's code never changes and a rollback finds what it had. */
export function configMapName(name: string, revision: string): string {
  return `errand-${name}-${revision}`;
}

/** The immutable ConfigMap that holds one revision of a job's bundle. */
export function configMap({ name, namespace }: JobIdentity, bundle: Pick<Bundle, "hash" | "files">): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: configMapName(name, bundle.hash),
      namespace,
      labels: revisionLabels(name, bundle.hash),
    },
    immutable: true,
    binaryData: Object.fromEntries(
      Object.entries(bundle.files).map(([file, contents]) => [file, Buffer.from(contents).toString("base64")]),
    ),
  };
}
