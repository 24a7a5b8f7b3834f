import type { Bundle } from "../bundle.ts";
import { BOOT_FILE } from "../bundling/boot.ts";
import { type JobIdentity, type Manifest, revisionLabels } from "./manifest.ts";

/** The name says the contents, so that a running pod's code never changes and a rollback finds what it had. */
export function configMapName(name: string, revision: string): string {
  return `errand-${name}-${revision}`;
}

/** The immutable ConfigMap that holds one revision of a job's bundle. */
export function configMap({ name, namespace }: JobIdentity, bundle: Pick<Bundle, "hash" | "files">): Manifest {
  const { [BOOT_FILE]: boot, ...binaries } = bundle.files;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: configMapName(name, bundle.hash),
      namespace,
      labels: revisionLabels(name, bundle.hash),
    },
    immutable: true,
    data: { [BOOT_FILE]: boot },
    binaryData: Object.fromEntries(
      Object.entries(binaries).map(([file, contents]) => [file, Buffer.from(contents).toString("base64")]),
    ),
  };
}
