import type { Access } from "../../job/access.ts";
import type { Json, Scope } from "../../job/definition.ts";
import type { Kube } from "../../kube/surface/kube.ts";
import type { RunIdentity } from "../report/report.ts";

/** Writes one JSON line to the log; secret values are replaced before they are written. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What a job's `run` is called with. */
export interface RunContext<
  A extends Access = Access,
  Params = unknown,
  S extends Scope | undefined = undefined,
  SecretName extends string = never,
> {
  /** The API client: what `access` declares, and nothing else. */
  readonly kube: Kube<A, S>;
  /** The parameters, validated and with their defaults. */
  readonly params: Params;
  readonly log: Logger;
  /** Says how far the run is: JSON, seen at the status endpoint, and found in the report also after a kill. */
  readonly progress: (value: Json) => void;
  /** Aborted at the timeout, at SIGTERM and when a limit is crossed. */
  readonly signal: AbortSignal;
  /** True when every mutation is only validated by the API server: a dry run, or the rehearsal. */
  readonly dryRun: boolean;
  readonly run: RunIdentity;
  /** What the keys of Secrets hold that `secrets` names. None of it appears in the log, the report or an error. */
  readonly secrets: { readonly [Name in SecretName]: string };
}
