import { build } from "esbuild";
import { expect, test } from "vitest";
import { undiciPlugin } from "../../../deploy/bundling/undici-plugin.ts";

test("undiciPlugin leaves node:http2, node:http and node:assert alone until they are needed, and keeps HTTP/2 for a job that speaks it", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        const loaded = () => ["http2", "http", "assert"].filter((name) => process.moduleLoadList.includes("NativeModule " + name));
        const before = loaded();
        require("undici/lib/dispatcher/client.js");
        const after = loaded();
        const connect = require("undici/lib/dispatcher/client-h2.js");
        let problem;
        try { connect(); } catch (error) { problem = error.constructor.name; }
        console.log(JSON.stringify({ before, after, problem, called: loaded() }));
      `,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
    define: { esbuildDetection: "true" },
    plugins: [undiciPlugin(true)],
  });
  const { execFileSync } = await import("node:child_process");
  const printed = execFileSync(process.execPath, ["-"], { input: outputFiles[0]?.text ?? "", encoding: "utf8" });
  expect(JSON.parse(printed)).toEqual({
    before: [],
    after: [],
    problem: "TypeError",
    called: expect.arrayContaining(["http2"]),
  });
});
