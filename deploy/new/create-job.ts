import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isCarried } from "../build/package.ts";
import { findNameProblems } from "../settings/job-name.ts";
import { UsageError } from "../terminal/command-error.ts";
import {
  CI_FILES,
  type CiService,
  installSteps,
  type LibraryJob,
  packageJson,
  readCiFile,
  readLibraryJob,
  readTemplate,
  type TemplateName,
  tsconfigJson,
} from "./project.ts";

/** A job to create. */
export interface NewJob {
  /** The project's folder, absolute. */
  readonly folder: string;
  readonly name: string;
  readonly template: TemplateName;
  /** A job of the library to copy, instead of a template. */
  readonly from?: LibraryJob | undefined;
  readonly ci?: CiService | undefined;
  /** True for a package that files in the folder can import. Default: looks where Node would. */
  readonly isInstalled?: (name: string) => boolean;
}

/** What was created. */
export interface CreatedJob {
  readonly job: string;
  /** Paths from the project's folder. */
  readonly created: readonly string[];
  /** Files that existed and were not changed. */
  readonly kept: readonly string[];
  /** The next steps, one command a line. */
  readonly next: readonly string[];
}

interface NewFile {
  readonly path: string;
  readonly text: () => string;
}

/**
 * Writes a job file, a test for it if it is a template's, and the files of a project that are missing. It never overwrites a file.
 *
 * @throws {CommandError} for an invalid name, and for one that is taken; then nothing was written
 */
export function createJob({ folder, name, template, from, ci, isInstalled }: NewJob): CreatedJob {
  const [problem] = findNameProblems(name);
  if (problem !== undefined) throw new UsageError(problem.message);
  const { job, test } =
    from === undefined ? readTemplate(template, name) : { job: readLibraryJob(from), test: undefined };
  const own: NewFile[] = [
    { path: `jobs/${name}.ts`, text: () => job },
    ...(test === undefined ? [] : [{ path: `jobs/${name}.test.ts`, text: () => test }]),
  ];
  const project: NewFile[] = [
    { path: "package.json", text: () => packageJson(basename(folder)) },
    { path: "tsconfig.json", text: tsconfigJson },
    ...(ci === undefined ? [] : [{ path: CI_FILES[ci].path, text: () => readCiFile(ci) }]),
  ];
  const isThere = ({ path }: NewFile) => existsSync(join(folder, path));
  const taken = own.find(isThere);
  if (taken !== undefined) {
    throw new UsageError(`${taken.path} already exists; nothing was written`, {
      hint: "Choose another name, or remove the file first.",
    });
  }
  const missing = [...own, ...project.filter((file) => !isThere(file))];
  for (const { path, text } of missing) writeNew(join(folder, path), text());
  const stepsWithNpm = () => {
    const [check = "", ...others] = stepsOf("npx errand", name);
    return [
      ...installSteps(folder, ci !== undefined, isInstalled),
      check,
      ...(test === undefined ? [] : [`node --test jobs/${name}.test.ts`]),
      ...others,
    ];
  };
  return {
    job: name,
    created: missing.map(({ path }) => path),
    kept: project.filter((file) => !missing.includes(file)).map(({ path }) => path),
    next: isCarried() ? stepsOf("errand", name) : stepsWithNpm(),
  };
}

function writeNew(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: "wx" });
}

function stepsOf(errand: string, name: string): string[] {
  return [
    `${errand} check jobs/${name}.ts`,
    `${errand} run jobs/${name}.ts --embedded`,
    `${errand} deploy jobs/${name}.ts -n NAMESPACE`,
  ];
}
