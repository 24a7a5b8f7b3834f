import { fileURLToPath } from "node:url";

/** TypeScript in a checkout, JavaScript in the installed package: whatever this file itself is. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/**
 * The absolute path of one of the runtime's own files, for esbuild to read.
 *
 * @param name without extension, such as `index` or `main`
 */
export function runtimeFile(name: "index" | "main"): string {
  return fileURLToPath(new URL(`../../runtime/${name}${extension}`, import.meta.url));
}

/** The absolute path of what `errand/config` is. */
export function configFile(): string {
  return fileURLToPath(new URL(`../config/define-config${extension}`, import.meta.url));
}
