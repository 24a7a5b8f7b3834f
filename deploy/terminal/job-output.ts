import tty from "node:tty";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { guardOutput, SOCKETS } from "../../runtime/run/output/guard-output.ts";
import { openOutput } from "../../runtime/run/output/output.ts";
import { createRedactor, type Redactor } from "../../runtime/run/output/redactor.ts";
import { own } from "./terminal.ts";

/**
 * Sends what a job file prints to stderr from now on, without secrets, so that stdout holds only the command's answer and can be piped. The job still sees the terminal
 * as it is.
 *
 * @param redactor knows the secrets, including those that it learns later
 * @param say writes a text. Default: to stderr
 * @returns a function that restores the process's outputs
 */
export function guardJobOutput(redactor: Redactor = createRedactor(), say?: (text: string) => void): () => void {
  const { stdout, stderr } = process;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const write = (bytes: Uint8Array) => {
    const text = withColors(decoder.decode(bytes, { stream: true }));
    if (say === undefined) stderr.write(text);
    else say(text);
  };
  const output = openOutput(write, redactor);
  const giveBack = guardOutput({ stdout: output, stderr: output }, { stdout, stderr }, [
    ...SOCKETS,
    [tty, "WriteStream"],
  ]);
  bindConsole();
  const end = (): void => {
    process.off("exit", output.flush);
    output.flush();
    giveBack();
    bindConsole();
  };
  process.on("exit", output.flush);
  return end;
}

/** A job may use colours here. Any other control sequence may come from the cluster that it reads. */
function withColors(text: string): string {
  return text.replaceAll(COLOR, own);
}

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
const COLOR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, "g");

/** The console keeps the streams that it found at its first use. */
function bindConsole(): void {
  Object.assign(console, { _stdout: process.stdout, _stderr: process.stderr });
}

/**
 * Tells the redactor a person's credentials, including those of a later login.
 *
 * @returns the same configuration, whose tokens are redacted before they are used
 */
export async function knowCredentials(config: ClusterConfig, redactor: Redactor): Promise<ClusterConfig> {
  const { token, certificateSource, clientKey, proxyUrl } = config;
  redactor.add(clientKey);
  if (proxyUrl !== undefined && URL.canParse(proxyUrl)) redactor.add(decodeURIComponent(new URL(proxyUrl).password));
  const known: ClusterConfig = {
    ...config,
    ...(token && {
      token: {
        get: async (options) => {
          const value = await token.get(options);
          redactor.add(value);
          return value;
        },
      },
    }),
    ...(certificateSource && {
      certificateSource: {
        get: async (options) => {
          const value = await certificateSource.get(options);
          redactor.add(value?.key);
          return value;
        },
      },
    }),
  };
  // A failed login is reported by the first request.
  await Promise.allSettled([known.token?.get(), known.certificateSource?.get()]);
  return known;
}
