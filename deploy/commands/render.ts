import { type Command, Option } from "commander";
import type { Manifest } from "../manifests/manifest.ts";
import type { PreparedJob } from "../project/prepare.ts";
import type { Files } from "../release/rendering/manifest-files.ts";
import { addImageFlags, environmentOption, type ImageFlags, namespaceFlag } from "./options.ts";

interface RenderFlags extends ImageFlags {
  readonly namespace?: string;
  readonly env?: string;
  readonly output: "yaml" | "json";
  readonly outputDir?: string;
  readonly helm?: true;
  readonly admissionPolicy?: true;
  readonly deployers?: string;
  readonly operators?: string;
}

/** Applied by `kubectl apply` without `--server-side`, a larger object does not fit into its last-applied annotation. */
const CLIENT_SIDE_APPLY_BYTES_MAX = 262_144;

const HELP_END = `
Examples:
  errand render jobs/pod-cleanup.ts -n ops | kubectl apply --server-side -f -
  errand render jobs --env production --output-dir manifests
  errand render jobs/pod-cleanup.ts --env production --output-dir manifests/pod-cleanup
  kubectl apply --server-side -k manifests/pod-cleanup
  errand render jobs/pod-cleanup.ts --helm --output-dir charts/pod-cleanup
  helm upgrade --install pod-cleanup charts/pod-cleanup -n ops --set params.olderThan=2d
  errand render jobs -n ops --admission-policy --deployers group:platform,serviceaccount:ci/deployer | kubectl apply --server-side -f -`;

export function addRenderCommand(program: Command): void {
  const command = program
    .command("render")
    .description("print the manifests of jobs, without a cluster")
    .argument(
      "[file...]",
      "job files, or folders of them; with --admission-policy those whose accounts are held to what they declare",
    )
    .option(
      "-n, --namespace <name>",
      "namespace of the objects (default: that of errand.config.ts, else default)",
      namespaceFlag,
    )
    .addOption(environmentOption())
    .addOption(new Option("-o, --output <format>", "yaml or json (a List)").choices(["yaml", "json"]).default("yaml"))
    .option("--output-dir <folder>", "write a file for each kind and a kustomization.yaml, instead of printing")
    .option(
      "--helm",
      "write a Helm chart into --output-dir, with values for image, schedule, suspend, resources, params",
    )
    .option(
      "--admission-policy",
      "print a ValidatingAdmissionPolicy instead, which reserves what is errand's for --deployers (in the namespace of -n, else everywhere)",
    )
    .option("--deployers <who>", "who may deploy: user:NAME,group:NAME,serviceaccount:NAMESPACE/NAME")
    .option("--operators <who>", "who may trigger, retry, cancel, pause and resume, and no more")
    .addHelpText("after", HELP_END)
    .action(render);
  addImageFlags(command);
}

interface Rendered {
  readonly job: PreparedJob;
  readonly manifests: readonly Manifest[];
}

async function render(words: readonly string[], flags: RenderFlags): Promise<void> {
  const { findJobFiles } = await import("../project/job-file.ts");
  const { refuseSharedImage } = await import("../release/refuse-shared-image.ts");
  const { prepareJob } = await import("../project/prepare.ts");
  const { renderManifests } = await import("../manifests/render.ts");
  await refusePolicy(words, flags);
  const files = words.length === 0 ? [] : findJobFiles(words);
  await refuseHelm(files, flags);
  const rendered: Rendered[] = [];
  for (const file of files) {
    const job = await prepareJob(file, flags);
    rendered.push({ job, manifests: renderManifests({ ...job, namespace: job.settings.namespace ?? "default" }) });
  }
  if (flags.admissionPolicy) return await printPolicy(rendered, flags);
  refuseSharedImage(rendered.map(({ job }) => job));
  const manifests = rendered.flatMap((each) => each.manifests);
  if (flags.outputDir === undefined) await print(manifests, flags.output);
  else await write(flags.outputDir, await filesOf(rendered, manifests, flags));
  await warnOfSize(manifests);
  for (const { job } of rendered) await warnOfScopes(job);
}

/** @throws {CommandError} for flags that go with the admission policy alone, or not with it */
async function refusePolicy(words: readonly string[], flags: RenderFlags): Promise<void> {
  const { CommandError } = await import("../terminal/command-error.ts");
  const { admissionPolicy, deployers, operators, helm, outputDir } = flags;
  if (words.length === 0 && !admissionPolicy)
    throw new CommandError("missing required argument 'file'", {
      hint: "Name a job file, or a folder of them: errand render --help",
    });
  const needs = deployers !== undefined ? "--deployers" : operators !== undefined ? "--operators" : undefined;
  if (needs !== undefined && !admissionPolicy) {
    throw new CommandError(`${needs} goes with --admission-policy`, {
      hint: "Add --admission-policy, or leave it out.",
    });
  }
  if (admissionPolicy && (helm || outputDir !== undefined)) {
    throw new CommandError(
      "--admission-policy is printed: it belongs to the cluster's administrator, not to a job's manifests",
      {
        hint: "Leave out --helm and --output-dir; write it into a file with: > admission-policy.yaml",
      },
    );
  }
}

async function printPolicy(rendered: readonly Rendered[], flags: RenderFlags): Promise<void> {
  const { pinnedPolicy } = await import("../release/rendering/pinned-policy.ts");
  const { reservedPolicy } = await import("../release/rendering/reserved-policy.ts");
  const { readDeployers, readSubjects } = await import("../release/rendering/subjects.ts");
  const { talk } = await import("../terminal/talk.ts");
  const { namespace } = flags;
  const deployers = readDeployers(flags.deployers);
  const operators = readSubjects("--operators", flags.operators);
  const pins = rendered.map(({ job }) => ({
    job,
    manifests: pinnedPolicy({ ...job, namespace: job.settings.namespace ?? "default" }, job.rules),
  }));
  for (const { job } of pins.filter(({ manifests }) => manifests.length === 0))
    talk(`${job.name}: its account is somebody else's (serviceAccountName), and is not held to what this job declares`);
  await print(
    [...reservedPolicy({ deployers, operators, namespace }), ...pins.flatMap(({ manifests }) => manifests)],
    flags.output,
  );
}

/** @throws {CommandError} where a chart is asked for, and it is not said where or of which job */
async function refuseHelm(files: readonly string[], flags: RenderFlags): Promise<void> {
  const { CommandError } = await import("../terminal/command-error.ts");
  if (flags.helm && flags.outputDir === undefined) {
    throw new CommandError("--helm writes a chart, which is a folder", { hint: "Say which: --output-dir charts/NAME" });
  }
  if (flags.helm && flags.namespace !== undefined) {
    throw new CommandError("--helm and --namespace do not go together: helm install says where", {
      hint: "Leave --namespace out; then: helm install NAME FOLDER --namespace …",
    });
  }
  if (flags.helm && files.length > 1) {
    throw new CommandError(`--helm writes the chart of one job, and these are ${files.length}`, {
      hint: `Render each into a folder of its own, such as: errand render ${files[0]} --helm --output-dir charts/NAME`,
    });
  }
}

async function print(manifests: readonly Manifest[], output: "yaml" | "json"): Promise<void> {
  const { manifestsToYaml } = await import("../manifests/yaml.ts");
  const { answerRaw } = await import("../terminal/terminal.ts");
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  answerRaw(output === "json" ? `${JSON.stringify(list, null, 2)}\n` : manifestsToYaml(manifests));
}

async function filesOf(
  [first]: readonly Rendered[],
  manifests: readonly Manifest[],
  { helm }: RenderFlags,
): Promise<Files> {
  const { manifestFiles } = await import("../release/rendering/manifest-files.ts");
  const { helmChart } = await import("../release/rendering/helm-chart.ts");
  return helm && first !== undefined ? helmChart(first.job) : manifestFiles(manifests);
}

async function write(folder: string, files: Files): Promise<void> {
  const { writeFiles } = await import("../release/rendering/write-files.ts");
  writeFiles(folder, files);
  process.stdout.write(
    `${Object.keys(files)
      .map((path) => `${folder}/${path}`)
      .join("\n")}\n`,
  );
}

async function warnOfSize(manifests: readonly Manifest[]): Promise<void> {
  const { talk } = await import("../terminal/talk.ts");
  if (manifests.some((manifest) => JSON.stringify(manifest).length > CLIENT_SIDE_APPLY_BYTES_MAX)) {
    talk("The ConfigMap is too large for client-side apply: use kubectl apply --server-side.");
  }
}

async function warnOfScopes({ rules, definition }: PreparedJob): Promise<void> {
  const { describeUnknownScopes, isScopeUnknown } = await import("../manifests/scope.ts");
  const { talk } = await import("../terminal/talk.ts");
  const unknown = rules.filter(isScopeUnknown);
  if (unknown.length > 0 && definition.scope !== "cluster") talk(describeUnknownScopes(unknown.map(({ key }) => key)));
}
