import { CI_SERVICES } from "../../new/project.ts";
import { DEFAULT_TEMPLATE, TEMPLATE_NAMES, TEMPLATES } from "../../new/templates.ts";
import { declare, type Flag, flag, oneOf, valued } from "./declare.ts";
import {
  CLUSTER,
  ENVIRONMENT,
  IMAGE,
  OUTPUT,
  parseFlagDuration,
  parseImage,
  parseNamespace,
  parseNotEmpty,
  SCHEDULE_PARAMS,
  TYPE_CHECK,
} from "./flags.ts";

// From an empty folder to a job in a cluster.

const JOB_FILES = { form: "<file...>", description: "job files, or folders of them" } as const;

/** For clusters whose admission refuses dry runs. */
export const ALLOW_UNTRIED = {
  allowUntried: flag("apply also what admission lets nobody try (it refuses dry runs): then it is not all or none"),
};

export const NEW = declare({
  name: "new",
  aliases: ["init"],
  summary: "begin a job: writes jobs/NAME.ts, a test for it, and what a project needs that has none",
  words: { form: "[name]", description: "the job's name, such as pod-report" },
  flags: {
    template: oneOf("<name>", "template to start from", TEMPLATE_NAMES, { short: "t" }),
    ci: oneOf("<service>", "also write a CI file that checks and deploys", CI_SERVICES),
    ...OUTPUT,
  },
  help: `Templates:
${TEMPLATE_NAMES.map((name) => `  ${name.padEnd(16)} ${TEMPLATES[name]}`).join("\n")}

What is missing is asked for on a terminal; elsewhere the template is ${DEFAULT_TEMPLATE}.

Examples:
  errand new pod-report --template report
  errand new sweep --template cleanup --ci github`,
});

export const CHECK = declare({
  name: "check",
  summary: "find what is wrong with job files, and say what they would do; needs no cluster",
  words: JOB_FILES,
  flags: {
    showConfig: flag("also print every setting that is in force, and where it comes from"),
    cluster: flag("also ask the cluster: may you deploy it, and would it run there; nothing is applied"),
    ...TYPE_CHECK,
    ...SCHEDULE_PARAMS,
    ...IMAGE,
    ...CLUSTER,
    namespace: { ...CLUSTER.namespace, needs: ["cluster"] },
    context: { ...CLUSTER.context, needs: ["cluster"] },
    kubeconfig: { ...CLUSTER.kubeconfig, needs: ["cluster"] },
    ...OUTPUT,
  },
  help: `Examples:
  errand check jobs
  errand check jobs/pod-cleanup.ts --env production --show-config
  errand check jobs/pod-cleanup.ts --cluster -n ops`,
});

export const RENDER = declare({
  name: "render",
  summary: "print the manifests of jobs, without a cluster",
  words: {
    form: "[file...]",
    description:
      "job files, or folders of them; with --admission-policy those whose accounts are held to what they declare",
  },
  flags: {
    namespace: valued("<name>", "namespace of the objects (default: that of errand.config.ts, else default)", {
      short: "n",
      parse: parseNamespace,
    }),
    ...ENVIRONMENT,
    output: {
      short: "o",
      value: "<format>",
      description: "yaml or json (a List)",
      choices: ["yaml", "json"],
      default: "yaml",
    } as Flag<"yaml" | "json">,
    outputDir: valued("<folder>", "write a file for each kind and a kustomization.yaml, instead of printing"),
    helm: flag("write a Helm chart into --output-dir, with values for image, schedule, suspend, resources, params", {
      conflicts: ["namespace"],
      needs: ["outputDir"],
    }),
    admissionPolicy: flag(
      "print a ValidatingAdmissionPolicy instead, which reserves what is errand's for --deployers (in the namespace of -n, else everywhere)",
      { conflicts: ["helm", "outputDir"] },
    ),
    deployers: valued("<who>", "who may deploy: user:NAME,group:NAME,serviceaccount:NAMESPACE/NAME", {
      needs: ["admissionPolicy"],
    }),
    operators: valued("<who>", "who may trigger, retry, cancel, pause and resume, and no more", {
      needs: ["admissionPolicy"],
    }),
    ...TYPE_CHECK,
    ...SCHEDULE_PARAMS,
    ...IMAGE,
  },
  help: `Examples:
  errand render jobs/pod-cleanup.ts -n ops | kubectl apply --server-side -f -
  errand render jobs --env production --output-dir manifests
  errand render jobs/pod-cleanup.ts --env production --output-dir manifests/pod-cleanup
  kubectl apply --server-side -k manifests/pod-cleanup
  errand render jobs/pod-cleanup.ts --helm --output-dir charts/pod-cleanup
  helm upgrade --install pod-cleanup charts/pod-cleanup -n ops --set params.olderThan=2d
  errand render jobs -n ops --admission-policy --deployers group:platform,serviceaccount:ci/deployer | kubectl apply --server-side -f -`,
});

export const BUILD = declare({
  name: "build",
  summary: "write what an image of a job is built from: Dockerfile and bundle; needs no cluster",
  words: { form: "<file>", description: "job file" },
  flags: {
    outputDir: valued("<folder>", "where to (default: build/JOB)"),
    image: valued("<image>", "Node image to build on, 24 or newer (default: as for deploy)", { parse: parseImage }),
    ...TYPE_CHECK,
    ...ENVIRONMENT,
    ...OUTPUT,
  },
  help: `Examples:
  errand build jobs/sweep.ts
  docker build -t registry.example/sweep:$(errand build jobs/sweep.ts -o json | jq -r .revision) build/sweep
  errand deploy jobs/sweep.ts --bundled-image registry.example/sweep:REVISION -n ops`,
});

export const DIFF = declare({
  name: "diff",
  summary: "say what deploying job files would change; ends with 1 where it would change something",
  words: JOB_FILES,
  flags: {
    forceConflicts: flag("as if fields that another manager owns were taken"),
    ...SCHEDULE_PARAMS,
    ...IMAGE,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Examples:
  errand diff jobs/pod-cleanup.ts -n ops
  errand diff jobs -n ops`,
});

export const DEPLOY = declare({
  name: "deploy",
  summary: "put jobs into a cluster, all or none: ServiceAccount, Role, ConfigMap and CronJob",
  words: { ...JOB_FILES, form: "[file...]" },
  flags: {
    filename: {
      short: "f",
      value: "<file>",
      description: "a job file or a folder, as kubectl apply takes it; repeatable",
      parse: (path: string, paths: readonly string[] = []) => [...paths, path],
    } as Flag<readonly string[] | undefined>,
    namespaces: valued("<names>", "several namespaces, with commas between them; each is all or none by itself", {
      conflicts: ["namespace"],
    }),
    namespaceSelector: valued("<labels>", "every namespace that has these labels, such as team=shop", {
      conflicts: ["namespace", "namespaces"],
    }),
    dryRun: flag("only let the API server validate everything, and say what would change", {
      conflicts: ["allowUntried"],
    }),
    forceConflicts: flag("take fields that another manager owns"),
    ...ALLOW_UNTRIED,
    watch: flag("wait for the first run, print its report, and end with the exit code of its outcome", {
      conflicts: ["dryRun", "namespaceSelector"],
    }),
    timeout: valued("<duration>", "with --watch: wait no longer than this, such as 20m", {
      parse: parseFlagDuration,
      needs: ["watch"],
    }),
    ...TYPE_CHECK,
    ...SCHEDULE_PARAMS,
    ...IMAGE,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Examples:
  errand deploy jobs/pod-cleanup.ts -n ops
  errand deploy jobs/pod-cleanup.ts -n ops -p olderThan=2h
  errand deploy jobs --dry-run
  errand deploy jobs/pod-cleanup.ts --namespaces team-a,team-b
  errand deploy jobs --namespace-selector errand=yes -o json
  errand deploy jobs/pod-cleanup.ts -n ops --watch --timeout 20m`,
});

export const TYPES = declare({
  name: "types",
  summary: "write the types of resources, with the cluster's own descriptions, into your project",
  words: { form: "<resource...>", description: "keys as in access, such as certificates.cert-manager.io or pods" },
  flags: {
    folder: {
      value: "<path>",
      description: "where the files go",
      parse: parseNotEmpty,
      default: "types",
    } as Flag<string>,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: "Example: errand types certificates.cert-manager.io issuers.cert-manager.io",
});
