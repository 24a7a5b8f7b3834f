import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isRecord } from "../../runtime/job/problem.ts";
import { isRunFromSources, packageFolder, packageVersion } from "../build/package.ts";

/** The templates of `errand new`, with what their jobs do. */
export const TEMPLATES = {
  inventory: "counts pods, restarts and images; changes nothing",
  cleanup: "deletes pods that ended a while ago, up to a limit",
  restart: "restarts chosen deployments one after the other",
  report: "reports containers that fail to start or restart too often",
  watch: "watches pods for a while and reports those that fail",
  "custom-resource": "lists cert-manager certificates that expire soon",
} as const;

export type TemplateName = keyof typeof TEMPLATES;

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as TemplateName[];

/** It changes nothing in a cluster. */
export const DEFAULT_TEMPLATE: TemplateName = "inventory";

/** The jobs in `jobs/`, with what they do: ready to use, where a template is a beginning. */
export const LIBRARY = {
  "access-report": "reports who may do too much, and accounts that nobody uses",
  "certificate-expiry": "reports TLS certificates that expire soon",
  "copy-config": "copies a Secret or ConfigMap into other namespaces, and keeps it up to date",
  "helm-history": "removes old revisions of Helm releases",
  inventory: "counts workloads, images, restarts, requests and limits",
  "job-cleanup": "removes Jobs that ended a while ago and that nobody else removes",
  "office-hours": "scales workloads down outside of office hours, and up again",
  "pod-cleanup": "removes pods that finished, failed or were evicted a while ago",
  "restart-on-change": "restarts workloads whose ConfigMaps or Secrets changed",
  "scheduled-restart": "restarts the chosen workloads, one after the other",
  "stuck-pods": "reports pods that are stuck, and evicts those it is told to",
  "ttl-cleanup": "removes objects whose annotation says that their time is over",
  "unused-config": "reports ConfigMaps and Secrets that nothing refers to",
  "volume-report": "reports claims that no pod mounts and volumes that are released",
} as const;

export type LibraryJob = keyof typeof LIBRARY;

export const LIBRARY_JOBS = Object.keys(LIBRARY) as LibraryJob[];

/** Reads a job of the library. */
export function readLibraryJob(job: LibraryJob): string {
  return readFileSync(`${packageFolder()}jobs/${job}.ts`, "utf8");
}

/** A template's two files. */
export interface Template {
  readonly job: string;
  readonly test: string;
}

/** Reads a template, with its test adapted to the job's name. */
export function readTemplate(template: TemplateName, jobName: string): Template {
  const read = (file: string) => readFileSync(`${packageFolder()}deploy/new/templates/${file}`, "utf8");
  return {
    job: read(`${template}.ts`),
    test: read(`${template}.test.ts`).replace(`"./${template}.ts"`, `"./${jobName}.ts"`),
  };
}

/** Where each CI service expects its file, and our example of it. */
export const CI_FILES = {
  github: { path: ".github/workflows/errand.yml", example: "github-actions.yml" },
  gitlab: { path: ".gitlab-ci.yml", example: "gitlab-ci.yml" },
} as const;

export type CiService = keyof typeof CI_FILES;

export const CI_SERVICES = Object.keys(CI_FILES) as CiService[];

/** Runs the tests of all jobs. */
const TEST_SCRIPT = 'node --test "jobs/**/*.test.ts"';

/** Packages that job files, their types and their tests need, and that npm does not install with errand. */
const COMPANIONS = ["zod", "typescript", "@types/node"];

/** Reads the example for a CI service. */
export function readCiFile(service: CiService): string {
  return readFileSync(`${packageFolder()}deploy/gitops/${CI_FILES[service].example}`, "utf8");
}

/** A project's first `package.json`; {@link installSteps} add the packages that it needs. */
export function packageJson(folderName: string): string {
  const name = folderName.toLowerCase().replace(/[^a-z0-9-]+/g, "-") || "jobs";
  return json({
    name,
    private: true,
    type: "module",
    scripts: { check: "errand check jobs/*.ts", test: TEST_SCRIPT },
  });
}

/** A `tsconfig.json` for editors and `tsc`. Nothing is compiled with it: errand bundles jobs, and Node runs the tests as they are. */
export function tsconfigJson(): string {
  return json({
    compilerOptions: {
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      module: "preserve",
      moduleResolution: "bundler",
      types: ["node"],
      strict: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ["jobs", "errand.config.ts"],
  });
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * The commands to run before a project can run its jobs and their tests. Until errand is in a registry, it is packed from where it runs into the project itself: a
 * committed archive can be installed everywhere, in CI too.
 *
 * @param folder of the project, with a `package.json`
 * @param isForCi whether another machine must be able to install the project
 * @param isInstalled true for a package that files in the folder can import
 */
export function installSteps(
  folder: string,
  isForCi: boolean,
  isInstalled: (name: string) => boolean = installedIn(folder),
): string[] {
  const project = readPackageJson(folder);
  const settings = [
    // `npm init` writes commonjs, with which Node refuses `import` in a test file. Without a type, Node looks at the file itself.
    ...(project.type === "commonjs" ? ["type=module"] : []),
    ...(isRecord(project.scripts) && project.scripts.test !== undefined ? [] : [`'scripts.test=${TEST_SCRIPT}'`]),
  ];
  const companions = COMPANIONS.filter((name) => !isInstalled(name));
  const isPacked = !isInstalled("errand") || (isForCi && isOutside(project));
  const archive = `errand-${packageVersion()}.tgz`;
  const wanted = [...(isPacked ? [`./${archive}`] : []), ...companions];
  return [
    ...(settings.length === 0 ? [] : [`npm pkg set ${settings.join(" ")}`]),
    // A checkout must be built; an installed package is.
    ...(isPacked ? [`npm pack ${quoted(packageFolder())}${isRunFromSources() ? "" : " --ignore-scripts"}`] : []),
    ...(wanted.length === 0 ? [] : [`npm install --save-dev ${wanted.join(" ")}`]),
    ...(isPacked && isForCi ? [`git add ${archive}`] : []),
  ];
}

function readPackageJson(folder: string): Readonly<Record<string, unknown>> {
  const project: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return isRecord(project) ? project : {};
}

/** True where errand was installed from outside of the project, which works only on this machine. */
function isOutside({ dependencies, devDependencies }: Readonly<Record<string, unknown>>): boolean {
  const all = { ...(isRecord(dependencies) && dependencies), ...(isRecord(devDependencies) && devDependencies) };
  return typeof all.errand === "string" && /^(file|link):(\.\.|\/)/.test(all.errand);
}

/** Quoted for a shell, if necessary. */
function quoted(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function installedIn(folder: string): (name: string) => boolean {
  return (name) => {
    const places = createRequire(join(folder, "package.json")).resolve.paths(name) ?? [];
    return places.some((place) => existsSync(join(place, name, "package.json")));
  };
}
