import type { BuildFailure, Message } from "esbuild";
import { CommandError } from "../terminal/command-error.ts";

/** Turns what esbuild says about a job file into one line with a place and one with what to do. Anything else is returned as it is. */
export function explainBuildError(error: unknown): unknown {
  if (!isBuildFailure(error)) return error;
  const [first] = error.errors;
  if (first === undefined) return error;
  const more = error.errors.length > 1 ? ` (and ${error.errors.length - 1} more)` : "";
  return new CommandError(`${placeOf(first)}${first.text}${more}`, { hint: hintFor(first), cause: error });
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function placeOf({ location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ` : "";
}

function hintFor({ text }: Message): string | undefined {
  if (text.startsWith("Top-level await")) {
    return "A job is bundled as a CommonJS module, which cannot wait while it loads: move the `await` into `run`.";
  }
  if (text.startsWith("No loader is configured")) {
    return "A bundle holds JavaScript, TypeScript and JSON. Leave the package out, by external in errand.config.ts, and install it in the image.";
  }
  const missing = /^Could not resolve "((?:@[^/"]+\/)?[^/"]+)/.exec(text)?.[1];
  if (missing === undefined || missing.startsWith(".")) return undefined;
  return `Is it installed? npm install ${missing}`;
}
