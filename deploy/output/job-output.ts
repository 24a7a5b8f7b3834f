import type { ClusterConfig } from "../../runtime/kube/cluster-config.ts";
import { guardOutput } from "../../runtime/run/guard-output.ts";
import { openOutput } from "../../runtime/run/output.ts";
import { createRedactor, type Redactor } from "../../runtime/run/redactor.ts";

/**
 * Sends what a job file prints to stderr from now on, without secrets: stdout holds the command's answer and nothing else, for those who pipe it on. The job finds
 * the terminal as it is all the same.
 *
 * @param redactor knows the secrets, those that it will be told too
 * @returns gives the process its outputs back
 */
export function guardJobOutput(redactor: Redactor = createRedactor()): () => void {
  const { stdout, stderr } = process;
  const output = openOutput((bytes) => stderr.write(bytes), redactor);
  const giveBack = guardOutput({ stdout: output, stderr: output }, { stdout, stderr });
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
