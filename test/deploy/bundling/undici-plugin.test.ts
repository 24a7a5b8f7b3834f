import { build } from "esbuild";
import { expect, test } from "vitest";
import { undiciPlugin } from "../../../deploy/bundling/undici-plugin.ts";

test("undiciPlugin leaves node:http2 alone until HTTP/2 is spoken, and keeps it for a job that does", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        const loaded = () => process.moduleLoadList.includes("NativeModule http2");
        const before = loaded();
        require("undici/lib/dispatcher/client.js");
        const after = loaded();
        const connect = require("undici/lib/dispatcher/client-h2.js");
        let problem;
        try { connect(); } catch (error) { problem = error.constructor.name; }
        console.log(JSON.stringify({ isSame: before === after, problem, called: loaded() }));
      `,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
    define: { esbuildDetection: "true" },
    plugins: [undiciPlugin()],
  });
  const { execFileSync } = await import("node:child_process");
  const printed = execFileSync(process.execPath, ["-"], { input: outputFiles[0]?.text ?? "", encoding: "utf8" });
  expect(JSON.parse(printed)).toEqual({ isSame: true, problem: "TypeError", called: true });
});
