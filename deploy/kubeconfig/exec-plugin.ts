import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { writeRaw } from "../terminal/terminal.ts";
import { type ExecCredential, parseExecCredential } from "./exec-credential.ts";
import type { Fields } from "./fields.ts";

const VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const MODES = ["Never", "IfAvailable", "Always"];

/** The settings of a user whose credentials come from a program. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecSettings {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  /** Empty if not set. */
  readonly interactiveMode: string;
  readonly provideClusterInfo: boolean;
}

/** The program returned no credentials. Never contains its standard output, which may be one. */
export class ExecPluginError extends Error {
  override readonly name = "ExecPluginError";
  /** The kubeconfig's own advice if the program is missing. */
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}

export interface ExecPluginOptions {
  /** Passed to the program if the kubeconfig asks for it. */
  readonly cluster?: object;
  /** How long the program may take, in milliseconds. Default: a minute, or five if a person may have to log in. */
  readonly timeoutMs?: number;
  /** Whether a person can answer the program. */
  readonly isTerminal?: boolean;
  /** Milliseconds since 1970; tests put their own clock here. */
  readonly now?: () => number;
}

const TIMEOUT_MS = 60_000;
const LOGIN_TIMEOUT_MS = 300_000;
/** Credentials are renewed this long before they expire, in milliseconds, so that none expires during a request. */
const LEEWAY_MS = 10_000;
/** Credentials are a few KB: certificates at most. */
const MAX_OUTPUT_BYTES = 1 << 20;
/** Only the end of what the program wrote to stderr is shown. */
const MAX_COMPLAINT_CHARACTERS = 2_000;

/** Reads the `exec` part of a kubeconfig's user. @throws {TypeError} for a field of another type */
export function readExecSettings(exec: Fields): ExecSettings {
  return {
    apiVersion: exec.text("apiVersion"),
    command: exec.text("command"),
    args: exec.texts("args"),
    env: exec.list("env").map((variable) => ({ name: variable.text("name"), value: variable.text("value") })),
    installHint: exec.text("installHint"),
    interactiveMode: exec.text("interactiveMode"),
    provideClusterInfo: exec.flag("provideClusterInfo"),
  };
}

/**
 * Says why a program cannot be run.
 * @returns undefined if it can; unlike kubectl from v1 on, errand does not require an interactiveMode
 */
export function findExecProblem({ apiVersion, command, env, interactiveMode }: ExecSettings): string | undefined {
  if (command === "") return "exec has no command";
  if (!VERSIONS.includes(apiVersion)) {
    return `exec is configured for ${apiVersion || "no apiVersion"}; supported are ${VERSIONS.join(", ")}`;
  }
  if (env.some(({ name }) => name === "")) return "exec has a variable without a name in env";
  if (interactiveMode === "" || MODES.includes(interactiveMode)) return undefined;
  return `exec has the interactiveMode ${JSON.stringify(interactiveMode)}; supported are ${MODES.join(", ")}`;
}

/** A program that returns credentials. Concurrent callers share one run; it runs again only when its credentials have expired or were refused. */
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
   * Returns the credentials.
   *
   * @param options.refresh the last ones were refused
   * @throws {ExecPluginError} with what the program wrote to stderr
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
      throw new ExecPluginError(`${this.#settings.command} needs a terminal to ask you, and there is none`);
    }
    const output = await this.#outputOf(isTerminal && interactiveMode !== "Never");
    const credential = await parseExecCredential(output, apiVersion);
    if (typeof credential === "string") throw new ExecPluginError(`${this.#settings.command} ${credential}`);
    this.#credential = credential;
    return credential;
  }

  #outputOf(isInteractive: boolean): Promise<string> {
    const { command, args, env, installHint } = this.#settings;
    const timeout = this.#options.timeoutMs ?? (isInteractive ? LOGIN_TIMEOUT_MS : TIMEOUT_MS);
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const child = spawn(programOf(command, installHint), args, {
      env: { ...process.env, ...variables, KUBERNETES_EXEC_INFO: this.#execInfo(isInteractive) },
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
        if (bytes > MAX_OUTPUT_BYTES) end("wrote more than 1 MiB");
        else said.push(part);
      });
      child.stderr?.on("data", (part: Buffer) => {
        complaint = `${complaint}${part}`.slice(-MAX_COMPLAINT_CHARACTERS);
        if (isInteractive) writeRaw(process.stderr, part); // the person's own program, which may ask questions there
      });
      child.on("error", (cause: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const problem = cause.code === "ENOENT" ? "is not installed" : `cannot be run (${cause.code})`;
        reject(new ExecPluginError(`${command} ${problem}`, { cause, hint: hintOf(installHint) }));
      });
      child.on("close", (code, signal) => {
        clearTimeout(timer);
        if (problem === undefined && code === 0) resolve(Buffer.concat(said).toString());
        else
          reject(
            new ExecPluginError(
              problem === undefined
                ? printable(complaint).trim() || `${command} ended with ${code ?? signal}`
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

/**
 * Looks up a program in PATH, as Go does: never in the current folder, where it may be somebody else's. Windows itself would look there first.
 *
 * @throws {ExecPluginError} if there is none, or the first one is in a relative folder of PATH
 */
function programOf(command: string, installHint: string): string {
  if (/[\\/]/.test(command)) return command;
  const endings = process.platform === "win32" ? ["", ...(process.env.PATHEXT ?? ".EXE").split(";")] : [""];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const found = endings.map((ending) => join(folder, `${command}${ending}`)).find(isProgram);
    if (found === undefined) continue;
    if (isAbsolute(folder)) return found;
    throw new ExecPluginError(`${command} was found in ${JSON.stringify(folder || ".")}, a relative folder of PATH`, {
      hint: "errand runs no program from a relative folder: write its full path into the kubeconfig.",
    });
  }
  throw new ExecPluginError(`${command} is not installed`, { hint: hintOf(installHint) });
}

function isProgram(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (process.platform === "win32" || (found.mode & 0o111) !== 0);
}

function hintOf(installHint: string): string | undefined {
  return printable(installHint).trim() || undefined;
}

/** As kubectl: text of a file or program must not send control characters to the terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\t\n\v\f\r]/gu, (character) => {
    return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}
