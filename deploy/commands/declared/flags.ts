import { InvalidArgumentError } from "commander";
import { DNS_LABEL } from "../../../runtime/job/access.ts";
import { parseDuration } from "../../../runtime/job/duration.ts";
import { DEFAULT_IMAGE, isImageName, isImageTemplate, isNodeVersion } from "../../settings/image.ts";
import { FORMATS, type Format } from "../../terminal/talk.ts";
import { type Flag, flag, valued } from "./declare.ts";

/** How the answer on stdout is written. */
export const OUTPUT = {
  output: {
    short: "o",
    value: "<format>",
    description: "format of the answer on stdout",
    choices: FORMATS,
    default: "table",
  } as Flag<Format>,
};

/** How an answer that is a table can be written besides. */
export const GRID_FORMATS = [...FORMATS, "csv", "markdown"] as const;

export type GridFormat = (typeof GRID_FORMATS)[number];

/** The same for an answer that is a table. */
export const GRID_OUTPUT = {
  output: { ...OUTPUT.output, choices: GRID_FORMATS } as Flag<GridFormat>,
};

/** Which environment of `errand.config.ts` applies. */
export const ENVIRONMENT = {
  env: valued("<name>", "environment in errand.config.ts, which may also set namespace and context"),
};

/** Which cluster and namespace: the flags of kubectl. */
export const CLUSTER = {
  namespace: valued("<name>", "namespace (default: the context's)", { short: "n", parse: parseNamespace }),
  context: valued("<name>", "context of the kubeconfig (default: the current one)"),
  kubeconfig: valued("<file>", "kubeconfig (default: KUBECONFIG, then the pod's own cluster, then ~/.kube/config)"),
  ...ENVIRONMENT,
};

/** Where runs are read from. */
export const FROM_HUB = {
  hub: flag("read from the hub's archive, which keeps runs longer than the cluster"),
  hubNamespace: valued("<name>", "namespace of the hub (default: the job's)", {
    parse: parseNamespace,
  }),
};

/** Where the pod's code comes from: a Node image and a ConfigMap, or one image with both. */
export const IMAGE = {
  image: valued("<image>", `image with Node 24 or newer; the bundle is mounted (default: ${DEFAULT_IMAGE})`, {
    parse: parseImage,
  }),
  bundledImage: valued(
    "<image>",
    "image made with errand build, such as registry.example/{job}:{revision}; --image names its base",
    { parse: parseBundledImage },
  ),
  nodeVersion: valued(
    "<major>",
    "Node version in the image, such as 24, if the image is not called node:VERSION (default: a current one)",
    { parse: parseNodeVersion },
  ),
};

/** Whether to check a job's types before it goes into a cluster. */
export const TYPE_CHECK = {
  types: { isNegated: true, description: "do not check types with the project's TypeScript" } as Flag<boolean>,
};

/** Flags for parameters. @param ofWhat whose parameters, for the help */
const paramFlags = (ofWhat: string) => ({
  param: {
    short: "p",
    value: "<key=value>",
    description: `parameter of ${ofWhat}; repeatable`,
    default: [],
    defaultText: "none",
    parse: (pair: string, pairs: readonly string[]) => [...pairs, pair],
  } as Flag<readonly string[]>,
  params: valued("<file>", "parameters: a JSON or YAML file, - for standard input, or the JSON itself; -p wins", {
    parse: parseNotEmpty,
  }),
});

/** Parameters of the runs that a job's schedule starts. */
export const SCHEDULE_PARAMS = paramFlags("the schedule's runs");

/** Parameters of a run. */
export const PARAMS = {
  ...paramFlags("the run"),
  dryRun: flag("the API server validates each change but makes none"),
};

/** Whether and how long to wait for a run. */
export const WAIT = {
  wait: flag("wait until it ends, print the report, and exit with the code of its outcome", { short: "w" }),
  timeout: valued("<duration>", "wait at most this long, such as 10m; the run goes on", {
    parse: parseFlagDuration,
    needs: ["wait"],
  }),
};

/** Reads a text that must not be empty. */
export function parseNotEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Must not be empty.");
  return text;
}

/** Reads the name of an image. */
export function parseImage(text: string): string {
  if (isImageName(parseNotEmpty(text))) return text;
  throw new InvalidArgumentError("Expected an image name, such as node:26-slim.");
}

/** Reads the name of a namespace. */
export function parseNamespace(text: string): string {
  if (DNS_LABEL.test(text)) return text;
  throw new InvalidArgumentError("Expected a namespace name: lower-case letters, digits and dashes.");
}

/** Reads a flag's duration, in milliseconds. */
export function parseFlagDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Reads a whole number of at least 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number of at least 1.");
}

/** Reads the start of a period until now: a duration, or a date with or without a time, in UTC unless it names a zone. */
export function parseSince(text: string): Date {
  const isDate = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const hasZone = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(text.includes("T") && !hasZone ? `${text}Z` : text);
  // JavaScript reads 30 February as 2 March.
  const isReal = isDate && new Date(text.slice(0, 10)).toJSON()?.startsWith(text.slice(0, 10)) === true;
  if (isReal && !Number.isNaN(time.getTime())) return time;
  if (isDate) throw new InvalidArgumentError("There is no such date.");
  return new Date(Date.now() - parseFlagDuration(text));
}

/** Reads words separated by commas, and adds them to those of earlier flags. */
export function parseWords<T extends string>(
  choices: readonly T[],
): (text: string, earlier?: readonly T[]) => readonly T[] {
  return (text, earlier = []) => {
    const words = text.split(",").map((word) => word.trim());
    const isKnown = (word: string): word is T => choices.some((each) => each === word);
    const wrong = words.find((word) => !isKnown(word));
    if (wrong !== undefined) throw new InvalidArgumentError(`Expected one of ${choices.join(", ")}.`);
    return [...earlier, ...words.filter(isKnown)];
  };
}

function parseNodeVersion(text: string): number {
  if (isNodeVersion(Number(text))) return Number(text);
  throw new InvalidArgumentError("Expected a major version of Node, 24 or newer, such as 24.");
}

function parseBundledImage(text: string): string {
  if (isImageTemplate(parseNotEmpty(text))) return text;
  throw new InvalidArgumentError("Expected an image name, such as registry.example/{job}:{revision}.");
}

/** Reads a TCP port; 0 stands for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("Expected a number from 0 to 65535.");
}
