import tty from "node:tty";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { guardOutput, SOCKETS } from "../../runtime/run/output/guard-output.ts";
import { openOutput } from "../../runtime/run/output/output.ts";
import { createRedactor, type Redactor } from "../../runtime/run/output/redactor.ts";
import { own } from "./terminal.ts";

/**
 * Sends what a job file prints to stderr from now on, without secrets: stdout holds the command's answer and nothing else, for those who pipe it on. The job finds
 * the terminal as it is all the same.
 *
 * @param redactor knows the secrets, those that it will be told too
 * @param say writes it. Default: to stderr
 * @returns gives the process its outputs back
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

/** A job may colour what it prints here. Anything else that moves a terminal may come from the cluster that it reads. */
function withColors(text: string): string {
  return text.replaceAll(COLOR, own);
}

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
const COLOR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, "g");

/** The console keeps the streams that it found when it was used first. */
function bindConsole(): void {
  Object.assign(console, { _stdout: process.stdout, _stderr: process.stderr });
}

/**
 * Makes a person's credentials known as secrets, those that a later login brings too.
 *
 * @returns the same configuration, whose tokens are known before they are used
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
  // Whoever cannot log in is told so by the first request.
  await Promise.allSettled([known.token?.get(), known.certificateSource?.get()]);
  return known;
}
