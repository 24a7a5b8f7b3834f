import { existsSync, readFileSync, statSync } from "node:fs";
import { defineJob } from "errand";

/** What libraries do with files that they do without: they catch ENOENT, and nothing else. */
function attempt(look: () => unknown): string {
  try {
    return String(look());
  } catch (error) {
    return String(Reflect.get(Object(error), "code"));
  }
}

export default defineJob({
  description: "Looks for optional files, and reads the token that a workload-identity webhook mounts",
  access: { pods: ["list"] },
  run: () => ({
    exists: attempt(() => existsSync("/home/node/.pgpass")),
    stat: attempt(() => statSync("/home/node/.pgpass", { throwIfNoEntry: false })),
    read: attempt(() => readFileSync(".env-of-nobody", "utf8")),
    passwd: attempt(() => readFileSync("/etc/passwd", "utf8").length > 0),
    parts: attempt(() => readFileSync(process.env.AWS_WEB_IDENTITY_TOKEN_FILE ?? "/none", "utf8").split(".").length),
    instrumented: "instrumented" in globalThis,
  }),
});
