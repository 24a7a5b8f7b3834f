import type { Metafile } from "esbuild";

/** The share of a bundle that one package, or one of the job's own files, has. */
export interface SizeShare {
  /** The name of a package, `errand` for the runtime, or the path of a file from the working folder. */
  readonly name: string;
  /** Bytes in the minified module, before compression. */
  readonly bytes: number;
}

/** How large a bundle is, and what takes the room. */
export interface SizeReport {
  /** Bytes of everything in the ConfigMap, which are limited to 1 MiB. */
  readonly shippedBytes: number;
  /** Largest first. */
  readonly shares: readonly SizeShare[];
}

/** esbuild's namespace of the virtual entries, with which their names begin. */
export const ENTRY_NAMESPACE = "errand-entry";

const IN_PACKAGE = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/;

/**
 * Adds up what each package and file takes of a bundle.
 *
 * @param metafile esbuild's
 * @param runtimeFolder the runtime's folder, as the metafile writes it, without a slash at the end
 */
export function sizeShares(metafile: Metafile, runtimeFolder: string): SizeShare[] {
  const bytesByName = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = shareName(path, runtimeFolder);
      bytesByName.set(name, (bytesByName.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...bytesByName]
    .map(([name, bytes]) => ({ name, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((left, right) => right.bytes - left.bytes || (left.name < right.name ? -1 : 1));
}

function shareName(path: string, runtimeFolder: string): string {
  if (path.startsWith(`${runtimeFolder}/`) || path.startsWith(`${ENTRY_NAMESPACE}:`)) return "errand";
  return IN_PACKAGE.exec(path)?.[1] ?? path;
}

/** Formats bytes: `512 B`, `130 KB`, `1.2 MB` (decimal). */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const SHARES_NAMED = 5;

/** One line with the largest shares. */
export function describeShares({ shares }: SizeReport): string {
  const named = shares.slice(0, SHARES_NAMED).map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`);
  const rest = shares.slice(SHARES_NAMED).reduce((sum, { bytes }) => sum + bytes, 0);
  return [...named, ...(rest > 0 ? [`others ${formatBytes(rest)}`] : [])].join(", ");
}
