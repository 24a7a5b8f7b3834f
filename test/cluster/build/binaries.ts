import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cached } from "./cache.ts";
import { requireGo } from "./requirements.ts";

const KUBERNETES_VERSION = "v1.37.2";
// Debian's 1.6 is too old for this kubelet.
const CONTAINERD_VERSION = "v2.4.2";

const MODULE = fileURLToPath(new URL("../kubernetes/", import.meta.url));
const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"];
const CONTAINERD_PROGRAMS = ["containerd", "containerd-shim-runc-v2", "ctr"];
// Without these the server says v0.0.0-master, which kubectl cannot parse.
const VERSION_VARIABLES = ["k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"];
const LINKER_FLAGS = ["-s", "-w", ...VERSION_VARIABLES.map((name) => `-X ${name}=${KUBERNETES_VERSION}`)].join(" ");
// Nothing here needs C, and without it no C compiler is needed and pause runs in an empty image.
const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly" };
const PROGRESS_INTERVAL_MS = 15_000;

/**
 * Every program of the cluster: built from Go modules the first time (about six minutes on two cores), and from the
 * cache after that.
 *
 * @param tell receives a line of progress now and then while something is built
 * @returns the directory that holds them: Kubernetes' programs, containerd's, and `pause`
 * @throws when Go is missing or a build fails, with what the compiler said
 */
export async function buildBinaries(tell: (line: string) => void): Promise<string> {
  const sources = ["go.mod", "go.sum", "main.go", "pause/main.go"].map((file) => readFile(join(MODULE, file)));
  const inputs = [...(await Promise.all(sources)), ...PROGRAMS, CONTAINERD_VERSION, LINKER_FLAGS, process.arch];
  return await cached("binaries", inputs, async (directory) => {
    requireGo();
    tell("The cluster's programs are not in the cache yet; building them takes about six minutes, once.");
    const build = ["build", "-v", "-ldflags", LINKER_FLAGS, "-o"];
    await go(`Kubernetes ${KUBERNETES_VERSION}`, [...build, join(directory, "kubernetes"), "."], {}, tell);
    await go("pause", [...build, join(directory, "pause"), "./pause"], {}, tell);
    for (const program of PROGRAMS) await symlink("kubernetes", join(directory, program));
    const packages = CONTAINERD_PROGRAMS.map(
      (program) => `github.com/containerd/containerd/v2/cmd/${program}@${CONTAINERD_VERSION}`,
    );
    await go(`containerd ${CONTAINERD_VERSION}`, ["install", "-v", ...packages], { GOBIN: directory }, tell);
  });
}

async function go(
  what: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<void> {
  tell(`Building ${what} …`);
  const start = Date.now();
  const child = spawn("go", args, {
    cwd: MODULE,
    env: { ...process.env, ...GO_ENVIRONMENT, ...environment },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = once(child, "close");
  let steps = 0;
  const seconds = () => Math.round((Date.now() - start) / 1000);
  const progress = setInterval(() => tell(`  ${seconds()} s, ${steps} packages and downloads`), PROGRESS_INTERVAL_MS);
  const lastLines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    steps += 1;
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
  }
  const [code] = await ended;
  clearInterval(progress);
  if (code !== 0) throw new Error(`Building ${what} failed (go ${args[0]}):\n${lastLines.join("\n")}`);
  tell(`Built ${what} in ${seconds()} s.`);
}
