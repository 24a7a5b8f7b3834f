import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { nodeCommand } from "../../deploy/settings/image.ts";
import { benchFile, writeClientNodeBundle, writeErrandBundle } from "./machine/bundles.ts";
import { installBun, installDeno, installPython } from "./machine/other-runtimes.ts";
import type { Stage } from "./stage.ts";
import type { SubjectName, Work } from "./works.ts";

/** A command line, and the variables that it needs besides those that every subject has. */
export interface Invocation {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

type Prepare = (work: Work, stage: Stage) => Promise<Invocation>;

/** The memory limit that pods get when a job says nothing. */
const MEMORY_BYTES = 256 * 1024 * 1024;
const CA = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/** Prepares a subject, and returns its command line. Rejects if a peer cannot be installed. */
export async function prepareSubject(name: SubjectName, work: Work, stage: Stage): Promise<Invocation> {
  if (work.command !== undefined) {
    if (stage.commandLine === undefined) throw new Error("no project was made for commands");
    return stage.commandLine.invocation(name, work.command);
  }
  if (work.operation === "bundle") return { argv: [process.execPath, benchFile("peers/bundle.ts"), name] };
  return await SUBJECTS[name](work, stage);
}

const SUBJECTS: Readonly<Record<SubjectName, Prepare>> = {
  errand: (work, stage) => errand(work, stage, work.operation),
  "errand-zod": (work, stage) => errand(work, stage, `${work.operation}-zod`),
  "errand-before": () => Promise.reject(new Error("it only runs commands")),
  "bare-node": async (work) => ({ argv: podNode(benchFile("peers/bare-node.cjs"), peerArguments(work)) }),
  drain: async (work) => ({ argv: podNode(benchFile("peers/drain.cjs"), peerArguments(work)) }),
  "client-node": async (work) => ({
    argv: podNode(benchFile("peers/client-node.mjs"), peerArguments(work)),
  }),
  "client-node-bundled": async (work, { folder }) => ({
    argv: podNode(await writeClientNodeBundle(folder), peerArguments(work)),
  }),
  "client-go": async (work, { goPrograms }) => ({ argv: [goPrograms.clientGo, ...peerArguments(work)] }),
  "client-go-raised": async (work, { goPrograms }) => ({
    argv: [goPrograms.clientGo, "--qps=100000", "--burst=100000", ...peerArguments(work)],
  }),
  kubectl: async (work, { cluster }) => ({ argv: [cluster?.kubectl ?? "kubectl", ...kubectlArguments(work)] }),
  python: async (work) => ({ argv: [await installPython(), benchFile("peers/client.py"), ...peerArguments(work)] }),
  deno: async (work, { folder }) => ({
    argv: [
      await installDeno(),
      "run",
      "--no-config",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      `--cert=${CA}`,
      benchFile("peers/fetch.mjs"),
      ...peerArguments(work),
    ],
    env: { DENO_DIR: join(folder, "deno"), DENO_NO_UPDATE_CHECK: "1" },
  }),
  bun: async (work) => ({
    argv: [await installBun(), benchFile("peers/fetch.mjs"), ...peerArguments(work)],
    env: { NODE_EXTRA_CA_CERTS: CA },
  }),
};

function peerArguments({ operation, pods }: Work): string[] {
  return [operation, pods?.namespace ?? "", String(pods?.count ?? 0)];
}

/** Node as the pod starts it, with the same permissions, for a file that is not mounted at the pod's place. */
function podNode(file: string, args: readonly string[]): [string, ...string[]] {
  return [process.execPath, ...podFlags(), file, ...args];
}

function podFlags(): string[] {
  const [, ...flags] = nodeCommand({ image: `node:${process.versions.node}-slim`, memoryBytes: MEMORY_BYTES });
  return flags;
}

async function errand(work: Work, { folder }: Stage, job: string): Promise<Invocation> {
  const words = await writeErrandBundle(job, folder);
  const terminationLog = join(folder, "termination-log");
  const env = {
    ERRAND_JOB: job,
    ERRAND_STATUS_PORT: "0",
    ERRAND_TERMINATION_LOG: terminationLog,
    POD_NAMESPACE: work.pods?.namespace ?? "",
  };
  await mkdir(folder, { recursive: true });
  return { argv: [process.execPath, ...podFlags(), `--allow-fs-write=${terminationLog}`, ...words], env };
}

function kubectlArguments({ operation, pods }: Work): string[] {
  const namespace = `--namespace=${pods?.namespace}`;
  // Names are printed, but whole objects are fetched, in pages of 500.
  if (operation === "delete") return ["delete", "pods", "--all", namespace, "--wait=false", "--output=name"];
  return ["get", "pods", namespace, "--output=name"];
}
