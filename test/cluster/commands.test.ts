import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { type CommandResult, mustRun, run } from "../support/command.ts";
import { BIN } from "../support/errand.ts";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndGo, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

const COUNTS = fileURLToPath(new URL("jobs/counts-config-maps.ts", import.meta.url));

const cluster = inject("cluster");
let namespace: TestNamespace;
const folder = project();

beforeAll(async () => {
  namespace = await TestNamespace.create(cluster, "commands");
  await deploy(namespace, "needs-nothing");
  await deploy(namespace, "waits");
});
// What one test has left running would be in the way of the next.
afterEach(() => namespace.kubectl.text(["delete", "jobs", "--all"]));
afterAll(async () => {
  await namespace.delete();
});

/** A command that keeps running, as in a person's terminal. */
interface Going extends AsyncDisposable {
  untilItSays(text: string): Promise<void>;
  isOver(): boolean;
  /** What Ctrl-C does. */
  interrupt(): void;
  readonly end: Promise<CommandResult>;
}

function go(...args: readonly string[]): Going {
  const child = spawn(process.execPath, [BIN, ...args, "--namespace", namespace.name], {
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    untilItSays: (text) =>
      until(`errand ${args.join(" ")} says ${text}`, async () => {
        if (isOver() && !stdout.includes(text)) throw new Error(`It ended before it said ${text}: ${stdout}${stderr}`);
        return stdout.includes(text);
      }),
    isOver,
    interrupt: () => void child.kill("SIGINT"),
    end,
    async [Symbol.asyncDispose]() {
      if (!isOver()) child.kill("SIGKILL");
      await end;
    },
  };
}

const linesOf = (text: string) => text.trimEnd().split("\n");

describe("errand logs", () => {
  it("prints the log of a finished run, ending with its report", async () => {
    const { report } = await triggerAndWait(namespace, "needs-nothing");
    const written = await namespace.kubectl.text(["logs", `job/${report.run.id}`]);
    const ofRun = await namespace.errand(["logs", report.run.id, "--output", "json"]);
    expect(ofRun).toMatchObject({ code: 0, stdout: written });
    expect(JSON.parse(linesOf(ofRun.stdout).at(-1) ?? "")).toMatchObject({ outcome: "succeeded", result: "done" });
    const ofNewest = await namespace.errand(["logs", "needs-nothing", "--output", "json"]);
    expect(ofNewest).toMatchObject({ code: 0, stdout: written });
  });

  it("follows the log line by line and ends with the run", async () => {
    const id = await triggerAndGo(namespace, "waits");
    await using logs = go("logs", "waits", "--follow");
    await logs.untilItSays("waiting");
    expect(logs.isOver()).toBe(false);
    expect((await namespace.errand(["logs", id])).stdout).not.toContain("asked to stop");
    expect((await namespace.errand(["cancel", id])).code).toBe(0);
    const { code, stdout } = await logs.end;
    expect(code).toBe(0);
    const said = linesOf(stdout);
    const waiting = said.findIndex((line) => line.includes("waiting"));
    expect(said.findIndex((line) => line.includes("asked to stop"))).toBeGreaterThan(waiting);
  });
});

describe("errand run", () => {
  it("runs the file locally as the current user, by default in the namespace of the current context", async () => {
    await namespace.kubectl.apply(
      ...["one", "two"].map((name) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: namespace.name, labels: { counted: "yes" } },
      })),
    );
    const kubeconfig = join(folder, "kubeconfig");
    copyFileSync(cluster.kubeconfig, kubeconfig);
    const set = ["config", "set-context", "--current", `--namespace=${namespace.name}`] as const;
    await mustRun([cluster.kubectl, `--kubeconfig=${kubeconfig}`, ...set]);
    const { code, stdout, stderr } = await run([process.execPath, BIN, "run", COUNTS, "--output", "json"], {
      env: { KUBECONFIG: kubeconfig },
    });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout) as Report).toMatchObject({
      outcome: "succeeded",
      namespace: namespace.name,
      run: { trigger: "local" },
      result: { count: 2 },
    });
    // It was no ServiceAccount, and nothing ran in the cluster.
    expect(await namespace.requestsOf("counts-config-maps")).toEqual([]);
    expect(await namespace.kubectl.text(["get", "jobs,cronjobs", "-o", "name"])).not.toContain("counts-config-maps");
  });
});

describe("errand ps --watch", () => {
  it("prints a job again after its run has ended, and exits cleanly on Ctrl-C", async () => {
    await deploy(namespace, "throws");
    await using ps = go("ps", "--watch");
    await ps.untilItSays("needs-nothing");
    await triggerAndWait(namespace, "needs-nothing");
    await ps.untilItSays("succeeded");
    expect(ps.isOver()).toBe(false);
    ps.interrupt();
    const { code, stdout, stderr } = await ps.end;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const said = linesOf(stdout);
    expect(said.filter((line) => line.startsWith("JOB "))).toHaveLength(1);
    // This one has not run, so that it is not said again.
    expect(said.filter((line) => line.startsWith("throws "))).toHaveLength(1);
    expect(said.filter((line) => /^needs-nothing .*succeeded/.test(line))).not.toEqual([]);
  });
});

describe("errand trigger --force", () => {
  it("starts a run in addition to an active one, which trigger alone refuses, naming it", async () => {
    const first = await triggerAndGo(namespace, "waits");
    const refused = await namespace.errand(["trigger", "waits"]);
    expect(refused).toMatchObject({ code: 75, stdout: "" });
    expect(refused.stderr).toContain(first);
    expect(refused.stderr).toContain("--force");
    const forced = await namespace.errand(["trigger", "waits", "--force", "--output", "json"]);
    expect(forced.code, forced.stderr).toBe(0);
    const second = (JSON.parse(forced.stdout) as { run: string }).run;
    await namespace.kubectl.waitFor("jsonpath={.status.ready}=1", [`job/${second}`]);
    const { stdout } = await namespace.errand(["ps", "--output", "json"]);
    const jobs = JSON.parse(stdout) as readonly { readonly job: string; readonly active: readonly string[] }[];
    expect(jobs.find(({ job }) => job === "waits")?.active.toSorted()).toEqual([first, second].toSorted());
  });
});

describe("errand completion bash", () => {
  it("completes commands and the names of deployed jobs in a shell that has sourced it", async () => {
    mkdirSync(join(folder, "jobs"));
    writeFileSync(join(folder, "jobs/needs-nothing.ts"), "");
    const { stdout } = await run([process.execPath, BIN, "completion", "bash"]);
    writeFileSync(join(folder, "completion"), stdout);
    const complete = async (...words: readonly string[]) => {
      // What bash itself would call: the function that the sourced text has registered.
      const script = `source ./completion; registered=($(complete -p errand)); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        "\${registered[2]}"; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return linesOf(await mustRun(["bash", "--norc", "-c", script, "bash", ...words], { cwd: folder }));
    };
    const [command = "", ...otherCommands] = await complete("errand", "stat");
    const [job = "", ...otherJobs] = await complete("errand", command, "needs-n");
    expect([command, otherCommands, job, otherJobs]).toEqual(["status", [], "needs-nothing", []]);
    expect(await namespace.errand([command, job])).toMatchObject({ code: 0 });
  });
});
