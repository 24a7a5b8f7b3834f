import { readFileSync } from "node:fs";

/** In a checkout package.json is one folder up, in the installed package it is two: dist/ lies between. */
const PLACES = ["../package.json", "../../package.json"];

/** The version of this package. */
export function readVersion(): string {
  for (const place of PLACES) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")) as Record<
        string,
        string
      >;
      if (name === "errand" && version !== undefined) return version;
    } catch {
      // not there: look at the next place
    }
  }
  return "unknown";
}
