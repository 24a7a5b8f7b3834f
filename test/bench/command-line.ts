import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { mustRun } from "../support/command.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const JOBS = 20;
const NAMESPACE = "bench";

/** Of two kinds, as a project has them: one with parameters, by zod, and one without. */
const KINDS: readonly ((number: string) => string)[] = [
  (number) => `import { defineJob } from "errand";
import { z } from "zod";
export default defineJob({
  description: "Job ${number}",
  schedule: "${Number(number)} * * * *",
  params: z.object({ olderThan: z.string().default("1h"), most: z.number().default(${Number(number)}) }),
  access: { pods: ["list", "delete"] },
  limits: { delete: 100 },
  async run({ kube, params: { most } }) {
    let deleted = 0;
    for await (const { metadata } of kube.pods.list()) if (deleted < most) deleted += Number((await kube.pods.delete(metadata.name)) !== undefined);
    return { deleted };
  },
});
`,
  (number) => `import { defineJob } from "errand";
export default defineJob({
  schedule: "${Number(number)} 3 * * *",
  access: { pods: ["list"], deployments: ["list"] },
  async run({ kube }) {
    const [pods, deployments] = [await kube.pods.list().toArray(), await kube.deployments.list().toArray()];
    return { pods: pods.length, deployments: deployments.length, of: ${Number(number)} };
  },
});
`,
];

/** Projects in which commands are run, one for each errand, and the API server that they deploy to. */
export class CommandLine implements AsyncDisposable {
  readonly #folder: string;
  readonly #kubeconfig: string;
  #cluster: EmbeddedCluster | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#kubeconfig = join(folder, "kubeconfig");
  }

  /** @param before a folder with another errand that is built, such as a release or a checkout */
  static async open(folder: string, before: string | undefined): Promise<CommandLine> {
    const own = join(folder, "package");
    await mustRun([process.execPath, join(ROOT, "node_modules/typescript/bin/tsc"), ...buildFlags(join(own, "dist"))]);
    for (const name of ["package.json", "node_modules"]) await symlink(join(ROOT, name), join(own, name));
    await writeProject(join(folder, "errand"), own);
    if (before !== undefined) await writeProject(join(folder, "errand-before"), resolve(before));
    return new CommandLine(folder);
  }

  /** Replaces the API server by an empty one, for the next command. */
  async refresh(): Promise<void> {
    await this.#cluster?.close();
    this.#cluster = await startEmbeddedCluster();
    this.#cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }]);
    await writeFile(this.#kubeconfig, this.#cluster.kubeconfig(NAMESPACE));
  }

  /** @param project `errand` or `errand-before` */
  invocation(project: string, words: readonly string[]) {
    const folder = join(this.#folder, project);
    const script = `cd "$1" && shift && exec "$@"`;
    const argv = [process.execPath, "node_modules/errand/dist/deploy/bin.js", ...words];
    return { argv: ["sh", "-c", script, "sh", folder, ...argv], env: { KUBECONFIG: this.#kubeconfig } } as const;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster?.close();
  }
}

function buildFlags(outDir: string): string[] {
  return ["-p", join(ROOT, "tsconfig.build.json"), "--outDir", outDir];
}

async function writeProject(folder: string, errand: string): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await mkdir(join(folder, "jobs"));
  await symlink(errand, join(folder, "node_modules/errand"));
  await symlink(join(ROOT, "node_modules/zod"), join(folder, "node_modules/zod"));
  await writeFile(join(folder, "package-lock.json"), "{}");
  await writeFile(
    join(folder, "errand.config.ts"),
    'import { defineConfig } from "errand/config";\nexport default defineConfig({ labels: { team: "bench" } });\n',
  );
  for (let index = 1; index <= JOBS; index += 1) {
    const number = String(index).padStart(2, "0");
    await writeFile(join(folder, `jobs/job-${number}.ts`), KINDS[index % KINDS.length]?.(number) ?? "");
  }
}
