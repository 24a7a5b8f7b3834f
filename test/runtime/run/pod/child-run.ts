import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildSync } from "esbuild";
import type { Report } from "../../../../runtime/run/report/report.ts";

const here = import.meta.dirname;

/** The settings of a run in its own process; without an API server it gets an address without a listener. */
export interface ChildRunOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own flags. */
  readonly flags?: readonly string[];
  readonly api?: { readonly port: number; readonly ca: string; readonly token: string };
}

/** A process that has ended. */
export interface EndedRun {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
  /** The log's last line. */
  readonly report: Report;
  /** What the kubelet would make the termination message of. */
  readonly terminationMessage: string;
}

export interface ChildRun {
  readonly process: ChildProcess;
  /** The report so far, from the termination log. */
  recorded(): Report | undefined;
  /** Resolves with the first log line that has this message. */
  logged(message: string): Promise<Record<string, unknown>>;
  readonly ended: Promise<EndedRun>;
}

/** Starts the jobs of the folder `jobs`. */
export interface ChildRuns {
  /** Runs a job as a pod would: a process of its own with a mounted service account and a termination log. */
  start(job: string, options?: ChildRunOptions): ChildRun;
  /** Runs a job to its end. */
  run(job: string, options?: ChildRunOptions): Promise<EndedRun>;
  /** Ends what is still running and removes what was written: for afterEach. */
  stop(): Promise<void>;
}

/**
 * Bundles the jobs once for a file of tests, so that a run starts in half the time: it need not load a hundred modules.
 *
 * @param bundles an empty folder
 */
export function childRuns(bundles: string): ChildRuns {
  buildSync({
    entryPoints: ["run-fixture.ts", "jobs/*.ts"],
    absWorkingDir: here,
    outdir: bundles,
    outExtension: { ".js": ".mjs" },
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", sourcemap: true },
  });
  const started: { readonly process: ChildProcess; readonly folder: string }[] = [];
  const start = (job: string, options: ChildRunOptions = {}): ChildRun => {
    const folder = mkdtempSync(join(tmpdir(), "errand-run-"));
    const child = spawnRun(bundles, folder, job, options);
    started.push({ process: child, folder });
    return watch(child, join(folder, "termination-log"));
  };
  return {
    start,
    run: (job, options) => start(job, options).ended,
    async stop() {
      for (const { process, folder } of started.splice(0)) {
        if (process.exitCode === null && process.signalCode === null) {
          process.kill("SIGKILL");
          await once(process, "exit");
        }
        rmSync(folder, { recursive: true });
      }
    },
  };
}

function spawnRun(bundles: string, folder: string, job: string, options: ChildRunOptions): ChildProcess {
  const terminationLog = join(folder, "termination-log");
  writeFileSync(terminationLog, "");
  const anyCertificate = readFileSync(join(here, "../../kube/server/certificates/ca.pem"), "utf8");
  writeFileSync(join(folder, "token"), options.api?.token ?? "nobody");
  writeFileSync(join(folder, "ca.crt"), options.api?.ca ?? anyCertificate);
  writeFileSync(join(folder, "namespace"), "team-a");
  const flags = ["--enable-source-maps", ...(options.flags ?? [])];
  const files = [join(bundles, "run-fixture.mjs"), join(bundles, `jobs/${job}.mjs`)];
  return spawn(process.execPath, [...flags, ...files], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(options.api?.port ?? 1),
      POD_NAMESPACE: "team-a",
      ERRAND_JOB: job,
      ERRAND_RUN_ID: `${job}-29000000`,
      ERRAND_REVISION: "0123456789",
      ERRAND_STATUS_PORT: "0",
      ERRAND_SERVICE_ACCOUNT_FOLDER: folder,
      ERRAND_TERMINATION_LOG: terminationLog,
      ERRAND_PARAMS: JSON.stringify(options.params ?? {}),
      ...options.env,
    },
  });
}

function watch(child: ChildProcess, terminationLog: string): ChildRun {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("the child has no pipes");
  const read = (): string => readFileSync(terminationLog, "utf8");
  const seen: string[] = [];
  stdout.on("data", (chunk: Buffer) => seen.push(chunk.toString()));
  const logged = async (message: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const line = seen
        .join("")
        .split("\n")
        .find((text) => text.includes(`"message":${JSON.stringify(message)}`));
      if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
      await once(stdout, "data");
    }
  };
  const ended = Promise.all([once(child, "exit"), text(stdout), text(stderr)]).then(([exit, out, err]): EndedRun => {
    const [code, killedBy] = exit as [number | null, NodeJS.Signals | null];
    const lines = out.trimEnd().split("\n");
    const last = lines.at(-1) ?? "";
    const report = (last.startsWith("{") ? JSON.parse(last) : {}) as Report;
    return { code, killedBy, stdout: out, stderr: err, lines, report, terminationMessage: read() };
  });
  return {
    process: child,
    logged,
    ended,
    recorded: () => {
      const message = read();
      return message === "" ? undefined : (JSON.parse(message) as Report);
    },
  };
}
