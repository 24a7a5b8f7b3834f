import { existsSync, readFileSync } from "node:fs";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** errand's own files in the executable, which is not a package in a folder. */
export interface CarriedPackage {
  /** Gives the folder, with a slash at its end; called when a file is first needed. */
  readonly folder: () => string;
  readonly version: string;
}

let carried: CarriedPackage | undefined;

/** Called once by the single-file executable, before anything else. */
export function carryPackage(itself: CarriedPackage): void {
  carried = itself;
}

/** True in the single-file executable, whose users need neither Node nor npm. */
export function isCarried(): boolean {
  return carried !== undefined;
}

/** The folder of this package, with a slash at its end. */
export function packageFolder(): string {
  if (carried !== undefined) return carried.folder();
  // From a checkout package.json is two folders up; from the installed package, under dist/, three.
  const places = ["../../", "../../../"].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(`${place}package.json`));
  if (found === undefined) throw new Error("errand's package.json is missing: install errand again");
  return found;
}

/** The version of this package. */
export function packageVersion(): string {
  if (carried !== undefined) return carried.version;
  const { version } = JSON.parse(readFileSync(`${packageFolder()}package.json`, "utf8")) as { version: string };
  return version;
}

/** True where errand runs from the TypeScript of a checkout. */
export function isRunFromSources(): boolean {
  return carried === undefined && import.meta.url.endsWith(".ts");
}

/**
 * The absolute path of one of errand's own modules, for esbuild to read: TypeScript in a checkout, else JavaScript.
 *
 * @param name its path in a checkout, without extension
 */
export function moduleFile(
  name: "runtime/index" | "runtime/main" | "runtime/status/app" | "deploy/settings/define-config" | "deploy/hub/main",
): string {
  return isRunFromSources() ? `${packageFolder()}${name}.ts` : `${packageFolder()}dist/${name}.js`;
}

/** True for one of the job's own files: neither errand's nor a package's. @param path absolute */
export function isJobsOwn(path: string): boolean {
  const isOurs = path.startsWith(`${dirname(moduleFile("runtime/main"))}${sep}`);
  return !isOurs && !path.includes(`${sep}node_modules${sep}`);
}
