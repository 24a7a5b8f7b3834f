import { spawnSync } from "node:child_process";
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
    JSON.stringify({
      name: "errand",
      type: "module",
      exports: { ".": entry("runtime/index"), "./testing": entry("runtime/embedded/testing") },
    }),
  );
  symlinkSync(join(root, "runtime"), join(installed, "errand/runtime"));
  for (const name of ["zod", "@types/node"]) {
    mkdirSync(dirname(join(installed, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(installed, name));
  }
  return folder;
}

/** Node reads the sources, and a compiler the declarations that {@link writeDeclarations} makes. */
function entry(path: string) {
  return { types: `./types/${path}.d.ts`, default: `./${path}.ts` };
}

/** Writes the declarations that the package has: the sources themselves hold only under our own compiler options. */
export function writeDeclarations(folder: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const target = ["--emitDeclarationOnly", "--noCheck", "--outDir", join(folder, "node_modules/errand/types")];
  spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...target], { cwd: root });
}
