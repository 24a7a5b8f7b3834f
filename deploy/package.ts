import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** From a checkout's deploy/ package.json is one folder up; from the installed package's dist/deploy/ it is two. */
const PLACES = ["../", "../../"].map((place) => fileURLToPath(new URL(place, import.meta.url)));

/** The folder of this package, with a slash at its end. */
export function packageFolder(): string {
  const found = PLACES.find((place) => existsSync(`${place}package.json`));
  if (found === undefined) throw new Error("errand's own package.json is missing: install it again");
  return found;
}

/** The version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(`${packageFolder()}package.json`, "utf8")) as { version: string };
  return version;
}
