import { join } from "node:path";
import { cached } from "../../cluster/build/cache.ts";
import { mustRun } from "../../support/command.ts";

const DENO_VERSION = "2.9.6";
const BUN_VERSION = "1.4.5";
const PYTHON_CLIENT_VERSION = "37.0.2";

/** Installs a peer once, in the cache; rejects where its registry cannot be reached. */
export type Install = () => Promise<string>;

/** The npm packages that hold nothing but the program, which need no install script. */
export const installDeno: Install = () => npmProgram(`@deno/${linux("-glibc")}`, DENO_VERSION, "deno");
export const installBun: Install = () => npmProgram(`@oven/bun-${linux("")}`, BUN_VERSION, "bin/bun");

/** Python with the Kubernetes client in an environment of its own. */
export const installPython: Install = async () => {
  const directory = await cached("bench-python", [PYTHON_CLIENT_VERSION, process.arch], async (into) => {
    await mustRun(["python3", "-m", "venv", "--copies", into]);
    await mustRun([join(into, "bin/python3"), "-m", "pip", "install", "-q", `kubernetes==${PYTHON_CLIENT_VERSION}`]);
  });
  return join(directory, "bin/python3");
};

async function npmProgram(name: string, version: string, path: string): Promise<string> {
  const directory = await cached("bench-npm", [name, version], async (into) => {
    await mustRun(["npm", "install", "--ignore-scripts", "--no-audit", "--prefix", into, `${name}@${version}`]);
  });
  return join(directory, "node_modules", name, path);
}

function linux(suffix: string): string {
  return `linux-${process.arch === "arm64" && suffix === "" ? "aarch64" : process.arch}${suffix}`;
}
