import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leftOpen, openResources } from "./open-resources.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  // Below the checkout, so that the file finds vitest.
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  folder = await mkdtemp(join(root, "node_modules/.cache/guard-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs one test file of its own as the suite would, and gives what vitest prints. */
async function outcomeOf(name: string, body: string): Promise<{ readonly passed: boolean; readonly output: string }> {
  await writeFile(join(folder, `${name}.test.ts`), `import { test } from "vitest";\n${body}\n`);
  const config = `export default { root: ${JSON.stringify(folder)}, test: { include: ["${name}.test.ts"], setupFiles: [${JSON.stringify(join(import.meta.dirname, "every-file.ts"))}] } };`;
  await writeFile(join(folder, `${name}.config.mjs`), config);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { VITEST: _vitest, VITEST_WORKER_ID: _worker, VITEST_POOL_ID: _pool, ...env } = process.env;
  const args = [vitest, "run", "--config", join(folder, `${name}.config.mjs`)];
  return await run(process.execPath, args, {
    cwd: folder,
    env: { ...env, NO_COLOR: "1", ERRAND_TEST_SETTLE_MS: "1000" },
  }).then(
    ({ stdout, stderr }) => ({ passed: true, output: stdout + stderr }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ passed: false, output: stdout + stderr }),
  );
}

test.each([
  ["a timer that goes on", "timer", 'test("t", () => void setInterval(() => {}, 1000));', "have left open: Timeout"],
  [
    "a server that listens",
    "server",
    'import { createServer } from "node:net"; test("t", () => new Promise((go) => createServer().listen(0, go)));',
    "have left open: TCPServerWrap",
  ],
  ["a rejection that nobody handles", "rejection", 'test("t", () => void Promise.reject(new Error("lost")));', "lost"],
  [
    "an exception that nobody catches",
    "exception",
    'test("t", () => new Promise((go) => { setImmediate(go); process.nextTick(() => { throw new Error("thrown"); }); }));',
    "thrown",
  ],
])("the suite fails when a test leaves %s [O7]", async (_what, name, body, message) => {
  const { passed, output } = await outcomeOf(name, body);
  expect(output).toContain(message);
  expect(passed).toBe(false);
});

test("the suite passes when a test leaves nothing [O7]", async () => {
  const body = 'test("t", async () => { const timer = setInterval(() => {}, 1000); clearInterval(timer); });';
  const { passed, output } = await outcomeOf("clean", body);
  expect(passed, output).toBe(true);
});

test("leftOpen counts what was opened since, and waits for what is closing [O7]", async () => {
  const before = openResources();
  const server = createServer();
  await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  expect([...(await leftOpen(before, 0))].sort()).toEqual(expect.arrayContaining(["ProcessWrap", "TCPServerWrap"]));
  server.close();
  child.kill();
  expect(await leftOpen(before)).toEqual([]);
});
