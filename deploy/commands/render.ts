import { startTypeCheck } from "../diagnose/checks/type-check.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { describeUnknownScopes, isScopeUnknown } from "../manifests/rbac.ts";
import { renderManifests } from "../manifests/render.ts";
import { findJobFiles } from "../project/job-file.ts";
import { type PreparedJob, prepareJobs, refuseSharedImage } from "../project/prepare.ts";
import { helmChart } from "../release/rendering/helm-chart.ts";
import { type Files, manifestFiles, manifestsToYaml, writeFiles } from "../release/rendering/manifest-files.ts";
import { pinnedPolicy } from "../release/rendering/pinned-policy.ts";
import { reservedPolicy } from "../release/rendering/reserved-policy.ts";
import { readDeployers, readSubjects } from "../release/rendering/subjects.ts";
import { UsageError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import { answerRaw } from "../terminal/terminal.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { RENDER } from "./declared/delivering.ts";

type RenderFlags = FlagsOf<typeof RENDER>;

/** A larger object does not fit into the last-applied annotation of `kubectl apply` without `--server-side`. */
const CLIENT_SIDE_APPLY_BYTES_MAX = 262_144;

interface Rendered {
  readonly job: PreparedJob;
  readonly manifests: readonly Manifest[];
}

export async function render(paths: readonly string[], flags: RenderFlags): Promise<void> {
  if (paths.length === 0 && !flags.admissionPolicy)
    throw new UsageError("missing required argument 'file'", { hint: "Name a job file, or a folder of them." });
  const files = paths.length === 0 ? [] : findJobFiles(paths);
  if (flags.helm && files.length > 1) {
    throw new UsageError(`--helm writes the chart of one job, but you gave ${files.length}`, {
      hint: `Render each into a folder of its own, such as: errand render ${files[0]} --helm --output-dir charts/NAME`,
    });
  }
  using typeCheck = startTypeCheck(files, flags);
  const jobs = await prepareJobs(files, { ...flags, mayLackParams: flags.helm });
  const rendered = jobs.map((job): Rendered => {
    return { job, manifests: renderManifests({ ...job, namespace: job.settings.namespace ?? "default" }) };
  });
  await typeCheck.refuseErrors();
  if (flags.admissionPolicy) return printPolicy(rendered, flags);
  refuseSharedImage(rendered.map(({ job }) => job));
  const manifests = rendered.flatMap((each) => each.manifests);
  if (flags.outputDir === undefined) print(manifests, flags.output);
  else write(flags.outputDir, filesOf(rendered, manifests, flags));
  warnOfSize(manifests);
  for (const { job } of rendered) warnOfScopes(job);
}

function printPolicy(rendered: readonly Rendered[], flags: RenderFlags): void {
  const { namespace } = flags;
  const deployers = readDeployers(flags.deployers);
  const operators = readSubjects("--operators", flags.operators);
  const pins = rendered.map(({ job }) => ({
    job,
    manifests: pinnedPolicy({ ...job, namespace: job.settings.namespace ?? "default" }, job.rules),
  }));
  for (const { job } of pins.filter(({ manifests }) => manifests.length === 0))
    talk(
      `${job.name}: this policy does not restrict its ServiceAccount, which the job does not own (serviceAccountName)`,
    );
  print(
    [...reservedPolicy({ deployers, operators, namespace }), ...pins.flatMap(({ manifests }) => manifests)],
    flags.output,
  );
}

function print(manifests: readonly Manifest[], output: "yaml" | "json"): void {
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  answerRaw(output === "json" ? `${JSON.stringify(list, null, 2)}\n` : manifestsToYaml(manifests));
}

function filesOf([first]: readonly Rendered[], manifests: readonly Manifest[], { helm }: RenderFlags): Files {
  return helm && first !== undefined ? helmChart(first.job) : manifestFiles(manifests);
}

function write(folder: string, files: Files): void {
  writeFiles(folder, files);
  process.stdout.write(
    `${Object.keys(files)
      .map((path) => `${folder}/${path}`)
      .join("\n")}\n`,
  );
}

function warnOfSize(manifests: readonly Manifest[]): void {
  if (manifests.some((manifest) => JSON.stringify(manifest).length > CLIENT_SIDE_APPLY_BYTES_MAX)) {
    talk("The ConfigMap is too large for client-side apply: use kubectl apply --server-side.");
  }
}

function warnOfScopes({ rules, definition }: PreparedJob): void {
  const unknown = rules.filter(isScopeUnknown);
  if (unknown.length > 0 && definition.scope !== "cluster") talk(describeUnknownScopes(unknown.map(({ key }) => key)));
}
