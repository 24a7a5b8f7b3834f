import { spawn } from "node:child_process";
import { isRecord } from "../../runtime/job/problem.ts";
import type { ClientCertificate } from "../../runtime/kube/cluster-config.ts";
import { parseExecCredential } from "./exec-credential.ts";

/** What a kubeconfig says of a user whose credentials a program gives. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecSettings {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint?: string;
  readonly interactiveMode: "Never" | "IfAvailable" | "Always";
  readonly provideClusterInfo: boolean;
}

/** What the program gave. */
export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: ClientCertificate;
  /** Milliseconds since 1970; absent where it holds until it is refused. */
  readonly expiresAt?: number;
}

/** The program gave no credentials. What it wrote to standard output is never in here: it may be one. */
export class ExecPluginError extends Error {
  override readonly name = "ExecPluginError";
  /** What the kubeconfig says where the program is missing. */
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}

export interface ExecPluginOptions {
  /** Given to the program where it asks for it. */
  readonly cluster?: object;
  /** How long the program may take, in milliseconds. Default: a minute, and five where a person may have to log in. */
  readonly timeoutMs?: number;
  /** Whether a person can answer the program. */
  readonly isTerminal?: boolean;
  /** Milliseconds since 1970; tests put their own clock here. */
  readonly now?: () => number;
}

const TIMEOUT_MS = 60_000;
const LOGIN_TIMEOUT_MS = 300_000;
/** A credential is asked for again this long before it expires, so that no request meets its end. */
const LEEWAY_MS = 10_000;
/** A credential has a few KB: certificates at most. */
const MAX_OUTPUT_BYTES = 1 << 20;
/** Of what the program complains about, the end is shown. */
const MAX_COMPLAINT_CHARACTERS = 2_000;

/** Reads the `exec` part of a kubeconfig's user. @throws {ExecPluginError} where it names no program */
export function readExecSettings(value: unknown): ExecSettings {
  const exec = isRecord(value) ? value : {};
  const { apiVersion, command, args, env, installHint, interactiveMode, provideClusterInfo } = exec;
  if (typeof command !== "string" || command === "") throw new ExecPluginError("its exec names no command");
  const variables = Array.isArray(env)
    ? env.filter(isRecord).map(({ name, value }) => [String(name), String(value)])
    : [];
  return {
    apiVersion: String(apiVersion ?? ""),
    command,
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(variables),
    ...(typeof installHint === "string" ? { installHint } : {}),
    interactiveMode: interactiveMode === "Never" || interactiveMode === "Always" ? interactiveMode : "IfAvailable",
    provideClusterInfo: provideClusterInfo === true,
  };
}

/** A program that gives credentials. It is run once for all who ask at a time, and again only when what it gave has expired or was refused. */
export class ExecPlugin {
  readonly #settings: ExecSettings;
  readonly #options: ExecPluginOptions;
  #credential: ExecCredential | undefined;
  #running: Promise<ExecCredential> | undefined;

  constructor(settings: ExecSettings, options: ExecPluginOptions = {}) {
    this.#settings = settings;
    this.#options = options;
  }

  /**
   * Gives the credentials.
   *
   * @param options.refresh what was given before was refused
   * @throws {ExecPluginError} with what the program complained about
   */
  async get({ refresh = false }: { readonly refresh?: boolean } = {}): Promise<ExecCredential> {
    const known = this.#credential;
    if (known !== undefined && !refresh && !this.#isOld(known)) return known;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return await this.#running;
  }

  #isOld({ expiresAt }: ExecCredential): boolean {
    const now = this.#options.now ?? Date.now;
    return expiresAt !== undefined && expiresAt - LEEWAY_MS <= now();
  }

  async #run(): Promise<ExecCredential> {
    const { apiVersion, interactiveMode } = this.#settings;
    const isTerminal = this.#options.isTerminal ?? process.stdin.isTTY === true;
    if (interactiveMode === "Always" && !isTerminal) {
      throw new ExecPluginError(`${this.#settings.command} wants to ask a person, and there is no terminal`);
    }
    const output = await this.#outputOf(isTerminal && interactiveMode !== "Never");
    const credential = parseExecCredential(output, apiVersion);
    if (typeof credential === "string") throw new ExecPluginError(`${this.#settings.command} ${credential}`);
    this.#credential = credential;
    return credential;
  }

  #outputOf(isInteractive: boolean): Promise<string> {
    const { command, args, env, installHint } = this.#settings;
    const timeout = this.#options.timeoutMs ?? (isInteractive ? LOGIN_TIMEOUT_MS : TIMEOUT_MS);
    const child = spawn(command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: this.#execInfo(isInteractive) },
      stdio: [isInteractive ? "inherit" : "ignore", "pipe", "pipe"],
    });
    return new Promise((resolve, reject) => {
      const said: Buffer[] = [];
      let bytes = 0;
      let complaint = "";
      let problem: string | undefined;
      const end = (what: string) => {
        problem ??= what;
        child.kill("SIGKILL");
      };
      const timer = setTimeout(() => end(`gave no credentials within ${Math.ceil(timeout / 1_000)} s`), timeout);
      child.stdout?.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAX_OUTPUT_BYTES) end("writes more than credentials have");
        else said.push(part);
      });
      child.stderr?.on("data", (part: Buffer) => {
        complaint = `${complaint}${part}`.slice(-MAX_COMPLAINT_CHARACTERS);
        if (isInteractive) process.stderr.write(part);
      });
      child.on("error", (cause: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const isMissing = cause.code === "ENOENT";
        reject(
          new ExecPluginError(`${command} ${isMissing ? "is not installed" : `cannot be run (${cause.code})`}`, {
            cause,
            hint: installHint?.trim(),
          }),
        );
      });
      child.on("close", (code, signal) => {
        clearTimeout(timer);
        if (problem === undefined && code === 0) resolve(Buffer.concat(said).toString());
        else
          reject(
            new ExecPluginError(
              problem === undefined
                ? complaint.trim() || `${command} ended with ${code ?? signal}`
                : `${command} ${problem}`,
            ),
          );
      });
    });
  }

  #execInfo(interactive: boolean): string {
    const { apiVersion, provideClusterInfo } = this.#settings;
    const cluster = provideClusterInfo ? { cluster: this.#options.cluster } : {};
    return JSON.stringify({ kind: "ExecCredential", apiVersion, spec: { interactive, ...cluster } });
  }
}
