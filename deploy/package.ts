import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** From a checkout's deploy/ package.json is one folder up; from the installed package's dist/deploy/ it is two. */
const PLACES = ["../package.json", "../../package.json"];

/** The version of this package. */
export function packageVersion(): string {
  const paths = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const path = paths.find((each) => existsSync(each));
  if (path === undefined) throw new Error("errand's own package.json is missing: install it again");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return version;
}
