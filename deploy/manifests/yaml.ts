import { stringify } from "yaml";
import type { Manifest } from "./manifest.ts";

/** Writes manifests as YAML documents, as kubectl, kustomize and GitOps tools read them: they parse YAML 1.1, where `on` and `0123` must be quoted. */
export function manifestsToYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) => stringify(manifest, { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}
