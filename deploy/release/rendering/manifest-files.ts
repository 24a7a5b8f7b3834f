import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { stringify } from "yaml";
import type { Manifest } from "../../manifests/manifest.ts";
import { UsageError } from "../../terminal/command-error.ts";

/** Path in a folder to contents. */
export type Files = Readonly<Record<string, string>>;

/** The first line of every file that errand writes into a folder. A file without it is somebody else's. */
const WRITTEN_BY = "Written by errand render: change the job or its settings, and render again.";
export const MARK = `# ${WRITTEN_BY}\n`;

/** The same in JSON, which has no comments. */
export function markedJson(value: object): string {
  return `${JSON.stringify({ $comment: WRITTEN_BY, ...value }, null, 2)}\n`;
}

/** True for the text of a file that errand wrote. */
export function isMarked(text: string): boolean {
  return text.startsWith(MARK) || text.startsWith(markedJson({}).slice(0, -"\n}\n".length));
}

/** A file for each kind, and a `kustomization.yaml` that lists them in the order in which they are applied. */
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

/** The manifests of each kind by file name, in their order. */
export function manifestsByFile(manifests: readonly Manifest[]): Readonly<Record<string, readonly Manifest[]>> {
  const files: Record<string, Manifest[]> = {};
  for (const manifest of manifests) {
    const file = `${manifest.kind.toLowerCase()}.yaml`;
    files[file] = [...(files[file] ?? []), manifest];
  }
  return files;
}

/** Manifests as YAML documents for kubectl, kustomize and GitOps tools, which parse YAML 1.1: `on` and `0123` must be quoted there. */
export function manifestsToYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) => stringify(manifest, { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}

/**
 * Writes files into a folder of their own, and removes those of an earlier rendering that this one no longer has.
 *
 * @throws {CommandError} where the folder has a file that errand did not write; then nothing was written
 */
export function writeFiles(folder: string, files: Files): void {
  const present = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ parentPath, name }) => join(parentPath, name))
    : [];
  const other = present.find((path) => !isMarked(readFileSync(path, "utf8")));
  if (other !== undefined) {
    throw new UsageError(
      `${folder} contains ${relative(folder, other)}, which errand did not write: nothing was written`,
      {
        hint: "Give each job its own folder with --output-dir.",
      },
    );
  }
  for (const path of present) if (!(relative(folder, path) in files)) rmSync(path);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
