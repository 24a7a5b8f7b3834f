import { stringify } from "yaml";
import type { Manifest } from "../manifests/manifest.ts";
import { manifestsToYaml } from "../manifests/yaml.ts";

/** Path in a folder to contents. */
export type Files = Readonly<Record<string, string>>;

/** The first line of every file that errand writes into a folder: what lacks it is somebody else's. */
export const MARK = "# Written by errand render: change the job or its settings, and render again.\n";

/** Writes one file for each kind, and a `kustomization.yaml` that names them in the order in which they are applied. */
export function manifestFiles(manifests: readonly Manifest[]): Files {
  const byKind = manifestsByFile(manifests);
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: Object.keys(byKind),
  };
  return {
    ...Object.fromEntries(Object.entries(byKind).map(([file, each]) => [file, `${MARK}${manifestsToYaml(each)}`])),
    "kustomization.yaml": `${MARK}${stringify(kustomization)}`,
  };
}

/** File name to the manifests of one kind, in their order. */
export function manifestsByFile(manifests: readonly Manifest[]): Readonly<Record<string, readonly Manifest[]>> {
  const files: Record<string, Manifest[]> = {};
  for (const manifest of manifests) {
    const file = `${manifest.kind.toLowerCase()}.yaml`;
    files[file] = [...(files[file] ?? []), manifest];
  }
  return files;
}
