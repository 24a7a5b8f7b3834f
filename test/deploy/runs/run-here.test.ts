import { describe, expect, it, onTestFinished } from "vitest";
import { startErrand } from "../../support/errand.ts";
import { kubeconfig } from "../../support/kubeconfig.ts";
import { project, writeFiles } from "../../support/project.ts";

const TOKEN = "token-of-a-person-5d1f";
const folder = project({ kubeconfig: kubeconfig({ user: { token: TOKEN } }) });

/** Runs a job whose `run` is this, and answers when it has ended. */
function runJob(name: string, fields: string, body: string, flags: readonly string[] = []) {
  const source = `import { execFileSync } from "node:child_process";
    import { existsSync } from "node:fs";
    import { defineJob } from "errand";
    export default defineJob({ description: "Tries", ${fields}, async run({ kube, log, progress, signal }) { ${body} } });`;
  writeFiles(folder, { [`${name}.ts`]: source });
  const words = ["run", `${name}.ts`, "--kubeconfig", "kubeconfig", "-o", "json", ...flags];
  const { child, ended } = startErrand(words, { cwd: folder });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  const { promise: isReady, resolve: ready } = Promise.withResolvers<void>();
  child.stderr.on("data", (chunk) => {
    said += chunk;
    if (/\bready\b/.test(said)) ready();
  });
  return {
    child,
    isReady,
    ended: ended.then(({ code, ...rest }) => ({ ...rest, exitCode: code, signalCode: child.signalCode })),
  };
}

// Each starts a Node process that bundles a job: seconds on a machine that is busy.
describe("runHere", { timeout: 60_000 }, () => {
  it.each([
    ["loops, and catches what comes", `for (;;) { try { for (;;) {} } catch {} }`],
    [
      "loops in a timer",
      `setTimeout(() => { for (;;) {} }, 1); await new Promise((resolve) => setTimeout(resolve, 600_000));`,
    ],
    ["awaits what is there already", `for (;;) await null;`],
    ["waits for another thread", `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`],
  ])("times out a job that blocks the event loop when it %s", async (_case, body) => {
    const { exitCode, stdout, stderr } = await runJob("blocks", `access: {}, timeout: "1s"`, body).ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 124, stderr: expect.stringContaining("blocked the event loop") });
    expect(stderr).not.toContain("debugger");
    const message = "the run took longer than its timeout of 1s; then: it blocked the event loop and was stopped";
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "timedOut", error: { reason: "TimedOut", message } });
  });

  it("lets a job block the event loop when its timeout is far", async () => {
    const compute = `const end = performance.now() + 2_500; while (performance.now() < end); return 1;`;
    const { exitCode, stdout, stderr } = await runJob("computes", `access: {}, timeout: "1m"`, compute).ended;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.not.stringMatching(/debugger|blocked the event loop/i),
    });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "succeeded", result: 1 });
  });

  it("says how far the job is while it goes on", async () => {
    const waits = `progress({ done: 3 }); while (!existsSync("seen")) await new Promise((resolve) => setTimeout(resolve, 20)); return 1;`;
    const { child, ended } = runJob("far", `access: {}, timeout: "1m"`, waits);
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
      if (said.includes("progress: ")) writeFiles(folder, { seen: "" });
    });
    const { exitCode, stdout, stderr } = await ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('\nprogress: {"done":3}\n') });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "succeeded", progress: { done: 3 } });
  });

  it("ends when Ctrl-C is pressed again and again while the event loop is blocked", async () => {
    const { child, isReady, ended } = runJob("stuck", `access: {}, timeout: "10m"`, `log.info("ready"); for (;;) {}`);
    await isReady;
    const pressing = setInterval(() => child.kill("SIGINT"), 200);
    const { signalCode, stdout } = await ended.finally(() => clearInterval(pressing));
    expect({ signalCode, stdout }).toEqual({ signalCode: "SIGINT", stdout: "" });
  });

  it("gives the job its grace at the first Ctrl-C, says so, and ends at once at the second", async () => {
    const stubborn = `log.info("ready"); signal.addEventListener("abort", () => log.info("asked")); await new Promise((resolve) => setTimeout(resolve, 600_000));`;
    const { child, isReady, ended } = runJob("stubborn", `access: {}, timeout: "10m"`, stubborn);
    await isReady;
    child.kill("SIGINT");
    await new Promise<void>((resolve) =>
      child.stderr.on("data", (chunk) => String(chunk).includes("up to 20 s") && resolve()),
    );
    child.kill("SIGINT");
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(143);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "cancelled" });
  });

  it("keeps the person's token and secret parameters out of all that the job prints, also while its file loads", async () => {
    const params = `{ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } }`;
    const tell = (
      where: string,
    ) => `(console.error("${where}", process.argv.join(" "), Buffer.from("me:${TOKEN}").toString("base64")),
      console.log("${where}", "${TOKEN}"), process.getBuiltinModule("fs").writeSync(1, "${where} descriptor ${TOKEN}\\n"))`;
    const fields = `access: (${tell("at load")}, {}), params: ${params}, secretParams: ["key"]`;
    const flags = ["-p", "key=the-secret-of-a-flag"];
    const { stdout, stderr } = await runJob("tells", fields, `${tell("in run")}; return process.argv;`, flags).ended;
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "succeeded", params: { key: "[redacted]" } });
    for (const where of ["at load", "in run"])
      expect(stderr).toMatch(
        new RegExp(`${where} .*key=\\[redacted\\].*\n${where} \\[redacted\\]\n${where} descriptor \\[redacted\\]\n`),
      );
    for (const secret of [TOKEN, "the-secret-of-a-flag", Buffer.from(`me:${TOKEN}`).toString("base64")])
      expect(stdout + stderr).not.toContain(secret);
  });

  it("says at once that the API server does not answer, and keeps stdout clean, when it is down", async () => {
    const lists = `for await (const pod of kube.pods.list()) log.info(pod.metadata.name);`;
    const { exitCode, stdout, stderr } = await runJob("asks", `access: { pods: ["list"] }, timeout: "1s"`, lists).ended;
    expect(exitCode).toBe(124);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "timedOut" });
    expect(stderr.match(/does not answer/g)).toHaveLength(1);
    expect(stderr).toMatch(
      /The API server at https:\/\/127\.0\.0\.1:1 does not answer \(ECONNREFUSED\); retrying until \d\d:\d\d:\d\d at the latest/,
    );
  });
});
