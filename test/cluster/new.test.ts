import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TEMPLATE_NAMES } from "../../deploy/new/project.ts";
import { createProject } from "../deploy/new/project.ts";
import type { CommandResult } from "../support/command.ts";
import { startErrand } from "../support/errand.ts";
import { TestNamespace } from "./namespace.ts";
import { triggerAndWait, untilNothingIsDue } from "./runs.ts";

/** cert-manager is not there, and no test brings it: its kind is the template's subject. */
const RUNNABLE = TEMPLATE_NAMES.filter((name) => name !== "custom-resource");

let namespace: TestNamespace;
let project: string;

function errand(...args: readonly string[]): Promise<CommandResult> {
  const env = { KUBECONFIG: namespace.access.kubeconfig };
  return startErrand(args, { cwd: project, env }).ended;
}

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "new");
  project = createProject();
  for (const name of RUNNABLE) {
    const { code, stderr } = await errand("new", name, "--template", name);
    if (code !== 0) throw new Error(stderr);
  }
  // What runs by its schedule at the same time would be in the way of what is triggered here.
  await untilNothingIsDue(5);
  const image = ["--image", namespace.access.nodeImage];
  const { code, stderr } = await errand("deploy", "jobs", "-n", namespace.name, ...image);
  if (code !== 0) throw new Error(stderr);
  const suspend = `--patch=${JSON.stringify({ spec: { suspend: true } })}`;
  await Promise.all(RUNNABLE.map((name) => namespace.kubectl.text(["patch", `cronjob/${name}`, suspend])));
});

afterAll(async () => {
  await namespace.delete();
  await rm(project, { recursive: true });
});

describe("a job from errand new", () => {
  it.each(RUNNABLE)("succeeds in the cluster with its own rights: template %s", async (template) => {
    const params = template === "watch" ? ["--param", "watchFor=2s"] : [];
    const { code, report } = await triggerAndWait(namespace, template, ...params);
    expect({ code, outcome: report.outcome, error: report.error }).toEqual({ code: 0, outcome: "succeeded" });
  });
});
