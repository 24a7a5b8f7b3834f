import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { createProject } from "../deploy/new/project.ts";
import { type CommandResult, run } from "../support/command.ts";
import { buildHelm } from "./build/helm.ts";
import { createEndedPods, PODS_THAT_STAY, remainingPods } from "./ended-pods.ts";
import { TestNamespace } from "./namespace.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const GITOPS = join(ROOT, "deploy/gitops");

let namespace: TestNamespace;
let project: string;
let page: string;

/** In a project's folder, with the commands that a person or CI has; nothing is fetched. */
function bash(command: string, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  // Node's test runner would take itself for a part of the runner that started it.
  const own = {
    NODE_TEST_CONTEXT: "",
    PATH: `${join(project, ".bin")}:${dirname(process.execPath)}:${process.env.PATH}`,
    HOME: project,
    KUBECONFIG: namespace.access.kubeconfig,
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.com",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.com",
    NO_COLOR: "1",
  };
  return run(["bash", "-euo", "pipefail", "-c", command], { cwd: project, env: { ...own, ...env } });
}

async function program(name: string, text: string): Promise<void> {
  const path = join(project, ".bin", name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text]) => text ?? "");
}

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "gitops");
  const text = await readFile(join(GITOPS, "README.md"), "utf8");
  page = text.replaceAll(" ops ", ` ${namespace.name} `).replaceAll(/ ops$/gm, ` ${namespace.name}`);
  project = createProject();
  for (const folder of [".bin", "jobs"]) await mkdir(join(project, folder));
  // A run that is due meanwhile would be in the way of those that the page triggers.
  const job = (await readFile(join(ROOT, "jobs/pod-cleanup.ts"), "utf8")).replace('"*/15 * * * *"', '"0 0 1 1 *"');
  await writeFile(join(project, "jobs/pod-cleanup.ts"), job);
  await program("npx", `shift; exec node ${JSON.stringify(join(ROOT, "deploy/bin.ts"))} "$@"`);
  await program("npm", "exit 0");
  await symlink(namespace.access.kubectl, join(project, ".bin/kubectl"));
  await symlink(await buildHelm((line) => process.stderr.write(`${line}\n`)), join(project, ".bin/helm"));
  for (const yaml of blocks("yaml")) {
    const path = join(project, /^# (\S+)/.exec(yaml)?.[1] ?? "unnamed.yaml");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, yaml);
  }
  await writeFile(join(project, ".gitignore"), "node_modules\n.bin\n");
  await bash("git init -q && git add -A && git commit -q -m Begin");
  await createEndedPods(namespace);
});

afterAll(async () => {
  await namespace.delete();
  await rm(project, { recursive: true });
});

beforeEach(async () => {
  const kinds = "cronjob,role,rolebinding,serviceaccount,configmap,secret";
  await namespace.kubectl.text(["delete", kinds, "--selector=app.kubernetes.io/name in (pod-cleanup, tidy)"]);
  await namespace.kubectl.text(["delete", "secret", "--selector=owner=helm"]);
});

describe("the GitOps page", () => {
  it("has commands that all succeed in their order", async () => {
    const commands = blocks("console").flatMap((text) =>
      [...text.matchAll(/^\$ (.+)$/gm)].map(([, command]) => command ?? ""),
    );
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const { code, stdout, stderr } = await bash(command);
      expect({ command, code, said: code === 0 ? "" : stdout + stderr }).toEqual({ command, code: 0, said: "" });
    }
    const { spec } = await namespace.kubectl.get<{ spec: { suspend: boolean } }>("cronjob/pod-cleanup");
    expect(spec.suspend).toBe(true);
    const values = await namespace.kubectl.text(["get", "cronjob/pod-cleanup", "--output=yaml"]);
    expect(values).toContain('{"olderThan":"2d"}');
  });

  it("shows manifests that are valid YAML", () => {
    const kinds = blocks("yaml").map((text) => (parse(text) as { kind: string }).kind);
    expect(kinds).toEqual(["Kustomization", "Application", "Kustomization"]);
    expect(blocks("yaml").flatMap((text) => parseAllDocuments(text).flatMap(({ errors }) => errors))).toEqual([]);
  });
});

interface Step {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The commands of an example, in the order in which its service runs them. */
async function commandsOf(file: string): Promise<string[]> {
  const pipeline = parse(await readFile(join(GITOPS, file), "utf8")) as Record<string, unknown>;
  if ("jobs" in pipeline) {
    const jobs = pipeline.jobs as Record<string, { steps: Step[] }>;
    return Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.run ?? []));
  }
  const { default: shared, check, deploy } = pipeline as Record<string, Record<string, string[]>>;
  const before = shared?.before_script ?? [];
  return [...before, ...(check?.script ?? []), ...before, ...(deploy?.script ?? [])];
}

describe("an example for CI", () => {
  it.each(["github-actions.yml", "gitlab-ci.yml"])("checks, tests and deploys: %s", async (file) => {
    const temporary = await mkdtemp(join(tmpdir(), "errand-ci-"));
    const env = {
      NAMESPACE: namespace.name,
      KUBECONFIG_DATA: await readFile(namespace.access.kubeconfig, "utf8"),
      RUNNER_TEMP: temporary,
      GITHUB_ENV: join(temporary, "env"),
    };
    const commands = await commandsOf(file);
    expect(commands.length).toBeGreaterThan(4);
    await bash("test -e jobs/tidy.ts || npx errand new tidy --template inventory");
    for (const command of commands) {
      const { code, stdout, stderr } = await bash(command, env);
      expect({ command, code, said: code === 0 ? "" : stdout + stderr }).toEqual({ command, code: 0, said: "" });
    }
    const deployed = await namespace.kubectl.text(["get", "cronjob", "--output=name"]);
    expect(deployed.trim().split("\n")).toEqual(["cronjob.batch/pod-cleanup", "cronjob.batch/tidy"]);
    await rm(temporary, { recursive: true });
    expect(await remainingPods(namespace)).toEqual(expect.arrayContaining([...PODS_THAT_STAY]));
  });
});
