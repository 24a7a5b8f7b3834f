import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

/** Runs test files of their own as the suite would, and gives what vitest prints. */
async function outcomeOf(name: string, bodies: Readonly<Record<string, string>>) {
  const files = Object.keys(bodies).map((file) => `${file}.test.ts`);
  await Promise.all(
    Object.entries(bodies).map(([file, body]) =>
      writeFile(join(folder, `${file}.test.ts`), `import { test } from "vitest";\n${body}\n`),
    ),
  );
  const setupFiles = [join(import.meta.dirname, "every-file.ts")];
  const config = join(folder, `${name}.config.mjs`);
  await writeFile(
    config,
    `export default ${JSON.stringify({ root: folder, test: { include: files, setupFiles, isolate: false, maxWorkers: 1 } })};`,
  );
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { VITEST: _vitest, VITEST_WORKER_ID: _worker, VITEST_POOL_ID: _pool, ...env } = process.env;
  return await run(process.execPath, [vitest, "run", "--config", config], {
    cwd: folder,
    env: { ...env, NO_COLOR: "1", ERRAND_TEST_SETTLE_MS: "1000" },
  }).then(
    ({ stdout, stderr }) => ({ passed: true, output: stdout + stderr }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ passed: false, output: stdout + stderr }),
  );
}

const LEAVING: readonly (readonly [what: string, body: string, message: string])[] = [
  ["a timer that goes on", "setInterval(() => {}, 1000);", "left open: Timeout"],
  [
    "a server that listens",
    'await new Promise((go) => process.getBuiltinModule("net").createServer().listen(0, go));',
    "left open: TCPServerWrap",
  ],
  ["a variable of the environment", 'process.env.LEFT = "1";', "left changed: process.env.LEFT"],
  ["another working folder", 'process.chdir("/");', "left changed: the working folder"],
  ["an exit code", "process.exitCode = 3;", "left changed: process.exitCode"],
  ["a listener for signals", 'process.on("SIGHUP", () => {});', 'left changed: process.on("SIGHUP")'],
  ["another global", "globalThis.Date = class extends Date {};", "left changed: globalThis.Date"],
];

describe("the suite", () => {
  let passed: boolean;
  let output: string;
  beforeAll(async () => {
    const bodies = LEAVING.map(([, body], index) => [`leaving-${index}`, `test("t", async () => { ${body} });`]);
    ({ passed, output } = await outcomeOf("leaving", {
      ...Object.fromEntries(bodies),
      clean: 'test("t", async () => { const timer = setInterval(() => {}, 1000); clearInterval(timer); });',
    }));
  });

  test.each(LEAVING.map(([what, , message], index) => [what, index, message] as const))(
    "fails if a test leaves %s [O7]",
    (_what, index, message) => {
      const file = `leaving-${index}.test.ts`;
      expect(output).toContain(`FAIL  ${file} [ ${file} ]\nError: The tests of this file ${message}\n`);
      expect(passed).toBe(false);
    },
  );

  test("ignores what a file leaves unchanged, even if the file before did not [O7]", () => {
    expect(output).toMatch(/✓ clean\.test\.ts/);
    expect(output).not.toMatch(/FAIL +clean/);
  });

  test.each([
    ["a rejection that nobody handles", 'void Promise.reject(new Error("lost"));', "lost"],
    [
      "an exception that nobody catches",
      'await new Promise((go) => { setImmediate(go); process.nextTick(() => { throw new Error("thrown"); }); });',
      "thrown",
    ],
  ])("fails if a test leaves %s [O7]", async (_what, body, message) => {
    const outcome = await outcomeOf(message, { [message]: `test("t", async () => { ${body} });` });
    expect(outcome.output).toContain(message);
    expect(outcome.passed).toBe(false);
  });
});

test("the suite passes if a test leaves nothing [O7]", async () => {
  const { passed, output } = await outcomeOf("nothing", { nothing: 'test("t", () => {});' });
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
