import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { mustRun, run } from "../support/command.ts";
import { BIN } from "../support/errand.ts";
import { project } from "../support/project.ts";
import { buildHelm } from "./build/helm.ts";
import { buildKubeScore } from "./build/kube-score.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** kube-score's grade of what it calls critical. https://github.com/zegl/kube-score#checks */
const CRITICAL = 1;

/** Findings that are wrong for what errand makes, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "container-image-pull-policy":
    "The image's tag is a release that does not move, and the code comes from a ConfigMap that is named by its contents; to pull anew for each run would make runs depend on a registry.",
  "pod-networkpolicy":
    "A policy is made where a job says `egress`. Without one the namespace's own default holds: a policy that allows everything would only undo that.",
  "container-ephemeral-storage-request-and-limit":
    "The root file system is read-only and no volume can be written: only the log takes room, and the kubelet rotates it.",
  "container-security-context-user-group-id":
    "The user is the image's own `node` (1000). That nobody on the node has the same is not known for any number; user namespaces are the means for that.",
};

interface Scored {
  readonly object_name: string;
  readonly type_meta: { readonly kind: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly summary: string }[] | null;
  }[];
}

let kubeScore: string;
beforeAll(async () => {
  kubeScore = await buildKubeScore((line) => process.stderr.write(`${line}\n`));
});

/** The critical findings about a job's manifests, by their checks. */
async function findingsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const input = await mustRun([process.execPath, BIN, "render", file, "-n", "ops"]);
  const { stdout } = await run([kubeScore, "score", "--output-format", "json", "-"], { input });
  const scored = JSON.parse(stdout) as readonly Scored[];
  expect(scored.map(({ type_meta }) => type_meta.kind)).toContain("CronJob");
  const critical = scored.flatMap(({ object_name, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade === CRITICAL && !skipped)
      .map(
        ({ check, comments }) =>
          [check.id, `${object_name}: ${comments?.map(({ summary }) => summary).join("; ")}`] as const,
      ),
  );
  return new Map(critical);
}

describe("what errand renders", () => {
  const files = readdirSync(join(ROOT, "jobs"))
    .filter((name) => /^[^.]+\.ts$/.test(name))
    .map((name) => join("jobs", name));
  // With an account of its own, with secrets, and with everything that settings can add.
  const others = ["counts-as-another", "reads-secrets", "uses-settings"].map((name) => `test/cluster/jobs/${name}.ts`);

  it.each([...files, ...others])(
    "has no critical finding of kube-score except the justified ones: %s",
    async (file) => {
      const findings = await findingsOf(join(ROOT, file));
      const unjustified = [...findings].filter(([id]) => !(id in EXCEPTIONS));
      expect(unjustified).toEqual([]);
    },
  );

  it("still needs each exception", async () => {
    const findings = await findingsOf(join(ROOT, "jobs/pod-cleanup.ts"));
    expect([...findings.keys()].toSorted()).toEqual(Object.keys(EXCEPTIONS).toSorted());
  });
});

describe("the rendered chart", () => {
  const folder = project();
  let helm: string;
  beforeAll(async () => {
    helm = await buildHelm((line) => process.stderr.write(`${line}\n`));
    await mustRun([process.execPath, BIN, "render", "jobs/pod-cleanup.ts", "--helm", "--output-dir", folder]);
  });
  it("passes helm lint and helm template, and installs and upgrades", async () => {
    await mustRun([process.execPath, BIN, "render", "jobs/pod-cleanup.ts", "--helm", "--output-dir", folder]);
    await mustRun([helm, "lint", "--strict", folder]);
    const set = ["--set", "params.max=5", "--set", "resources.limits.cpu=1", "--set", "global.region=eu"];
    expect(await mustRun([helm, "template", "x", folder, ...set])).toContain('"{\\"max\\":5}"');
  });

  it.each(["params.max=none", "params.mx=5", "suspended=true", "resources.limits.memory=lots", "schedule=5", "image="])(
    "is refused by its schema with --set %s",
    async (value) => {
      for (const command of [["lint"], ["template", "x"]]) {
        const { code, stdout, stderr } = await run([helm, ...command, folder, "--set", value]);
        expect({ code, said: stdout + stderr }).toMatchObject({ code: 1, said: expect.stringContaining("schema") });
      }
    },
  );
});
