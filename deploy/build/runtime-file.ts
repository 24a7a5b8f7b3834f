import { moduleFile } from "./package.ts";

/**
 * The absolute path of one of the runtime's own files, for esbuild to read.
 *
 * @param name without extension, such as `index` or `main`
 */
export function runtimeFile(name: "index" | "main"): string {
  return moduleFile(`runtime/${name}`);
}

/** The absolute path of what `errand/config` is. */
export function configFile(): string {
  return moduleFile("deploy/settings/define-config");
}
