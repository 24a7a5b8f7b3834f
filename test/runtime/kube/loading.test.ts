import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

test("the client's modules load no TLS, HTTP or library before the first call [O8]", () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const before = new Set(process.moduleLoadList);
    await import("./runtime/kube/client.ts");
    await import("./runtime/kube/config/in-cluster.ts");
    const natives = process.moduleLoadList.filter((name) => !before.has(name) && /NativeModule (tls|https?|http2|crypto|dns|zlib|child_process)$/.test(name));
    console.log(JSON.stringify({ natives, libraries: loaded.filter((url) => url.includes("node_modules")) }));
  `;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: new URL("../../..", import.meta.url),
    encoding: "utf8",
  });
  expect(JSON.parse(printed)).toEqual({ natives: [], libraries: [] });
});
