import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LAYOUT } from "./layout.ts";

const LOG_LINES_SHOWN = 15;

/** The machine's environment stays out: a proxy's address in it would send the cluster's requests away. */
const ENVIRONMENT = {
  PATH: `${LAYOUT.binaries}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  HOME: LAYOUT.state,
  TMPDIR: "/run",
};

/**
 * Starts one of the cluster's programs, which is meant to run as long as the cluster.
 *
 * @param name the program; its log is `<name>.log`
 * @param args its arguments
 * @param fail hears of its end, with the last lines of its log
 */
export function startComponent(name: string, args: readonly string[], fail: (error: Error) => void): void {
  const logFile = join("/var/log", `${name}.log`);
  const log = openSync(logFile, "a");
  const child = spawn(join(LAYOUT.binaries, name), args, {
    cwd: LAYOUT.state,
    env: ENVIRONMENT,
    stdio: ["ignore", log, log],
  });
  child.once("error", (error) => fail(new Error(`${name} cannot be started: ${error.message}`)));
  child.once("exit", async (code, signal) => {
    const lines = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-LOG_LINES_SHOWN);
    fail(new Error(`${name} ended by itself (${signal ?? code}); its log's last lines:\n${lines.join("\n")}`));
  });
}

/**
 * `--name=value` for each property.
 *
 * @param flags names without the dashes
 */
export function flags(flags: Readonly<Record<string, string | number | true>>): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
