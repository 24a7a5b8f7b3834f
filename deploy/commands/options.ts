import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../runtime/job/duration.ts";
import { DNS_LABEL } from "../../runtime/job/scope.ts";
import { isImageName, isImageTemplate, isNodeVersion } from "../settings/image-name.ts";
import { DEFAULT_IMAGE } from "../settings/node-command.ts";
import { FORMATS, type Format } from "../terminal/answer.ts";

/** What every command has that talks to a cluster. */
export interface ClusterFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly env?: string;
}

/** What every command has that makes manifests from a job file. */
export interface ImageFlags {
  readonly image?: string;
  readonly bundledImage?: string;
  readonly nodeVersion?: number;
}

export interface OutputFlags {
  readonly output: Format;
}

export interface ParamFlags {
  readonly param: readonly string[];
  /** A file, or `-` for standard input. */
  readonly params?: string;
}

/** Which cluster and namespace: the flags of kubectl. */
export function addClusterFlags(command: Command): Command {
  return command
    .option("-n, --namespace <name>", "namespace (default: that of the context)", namespaceFlag)
    .option("--context <name>", "context of the kubeconfig (default: the current one)")
    .option("--kubeconfig <file>", "kubeconfig (default: KUBECONFIG, then the pod's own cluster, then ~/.kube/config)")
    .addOption(environmentOption());
}

/** Which of the environments of `errand.config.ts` counts. */
export function environmentOption(): Option {
  return new Option("--env <name>", "environment of errand.config.ts, which also names namespace and context");
}

/** Where the pod's code comes from: a Node image with a ConfigMap, or an image that holds all of it. */
export function addImageFlags(command: Command): Command {
  return command
    .option(
      "--image <image>",
      `image with Node 24 or newer; the bundle is mounted (default: ${DEFAULT_IMAGE})`,
      imageFlag,
    )
    .option(
      "--bundled-image <image>",
      "image that errand build made, such as registry.example/{job}:{revision}; --image says on which",
      bundledImageFlag,
    )
    .option(
      "--node-version <major>",
      "version of Node in the image, where its name is not node:VERSION, such as 24 (default: a current one)",
      nodeVersionFlag,
    );
}

/** Reads a flag whose text means nothing where it is empty. */
export function notEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** Reads the name of an image. */
export function imageFlag(text: string): string {
  if (isImageName(notEmpty(text))) return text;
  throw new InvalidArgumentError("Expected an image's name, such as node:26-slim.");
}

/** Reads the major version of a Node. */
function nodeVersionFlag(text: string): number {
  if (isNodeVersion(Number(text))) return Number(text);
  throw new InvalidArgumentError("Expected the major version of a Node from 24 on, such as 24.");
}

/** Reads the name of the images of all jobs. */
function bundledImageFlag(text: string): string {
  if (isImageTemplate(notEmpty(text))) return text;
  throw new InvalidArgumentError("Expected an image's name, such as registry.example/{job}:{revision}.");
}

/** How the answer on stdout is written. */
export function addOutputFlag(command: Command): Command {
  return command.addOption(
    new Option("-o, --output <format>", "format of the answer on stdout").choices(FORMATS).default("table"),
  );
}

/** Parameters of a run. */
export function addParamFlags(command: Command): Command {
  return command
    .addOption(
      new Option("-p, --param <key=value>", "parameter of the run; repeatable")
        .default([], "none")
        .argParser((pair: string, pairs: string[]) => [...pairs, pair]),
    )
    .option("--params <file>", "parameters from a JSON or YAML file, or - for standard input; -p wins", notEmpty)
    .option("--dry-run", "the API server validates each change, and makes none");
}

/** Reads the name of a namespace. */
export function namespaceFlag(text: string): string {
  if (DNS_LABEL.test(text)) return text;
  throw new InvalidArgumentError("Expected a namespace's name: lower-case letters, digits and dashes.");
}

/** Reads a flag's duration, in milliseconds. */
export function durationFlag(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
