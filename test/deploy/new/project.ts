import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");

/** What a project has after `npm install --save-dev errand zod @types/node`, with this checkout in the package's place. */
export function createProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "errand-project-"));
  const installed = join(folder, "node_modules");
  mkdirSync(join(installed, "errand"), { recursive: true });
  writeFileSync(
    join(installed, "errand/package.json"),
    JSON.stringify({ name: "errand", type: "module", exports: { ".": "./runtime/index.ts" } }),
  );
  symlinkSync(join(root, "runtime"), join(installed, "errand/runtime"));
  for (const name of ["zod", "@types/node"]) {
    mkdirSync(dirname(join(installed, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(installed, name));
  }
  return folder;
}
