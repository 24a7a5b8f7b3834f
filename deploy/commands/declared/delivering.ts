import { CI_SERVICES, DEFAULT_TEMPLATE, LIBRARY, LIBRARY_JOBS, TEMPLATE_NAMES, TEMPLATES } from "../../new/project.ts";
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

// Commands from an empty folder to a job in a cluster.

const JOB_FILES = { form: "<file...>", description: "job files, or folders of them" } as const;

/** For clusters whose admission refuses dry runs. */
export const ALLOW_UNTRIED = {
  allowUntried: flag("also apply objects whose dry run admission refuses; the deploy is then no longer all or nothing"),
};

export const NEW = declare({
  name: "new",
  aliases: ["init"],
  summary: "create a job: jobs/NAME.ts, a test for it, and whatever the project still lacks",
  words: { form: "[name]", description: "the job's name, such as pod-report" },
  flags: {
    template: oneOf("<name>", "template to start from", TEMPLATE_NAMES, { short: "t" }),
    from: oneOf("<job>", "ready-made job to copy, under its own name unless you give another", LIBRARY_JOBS),
    ci: oneOf("<service>", "also write a CI file that checks and deploys", CI_SERVICES),
    ...OUTPUT,
  },
  help: `Templates:
${TEMPLATE_NAMES.map((name) => `  ${name.padEnd(16)} ${TEMPLATES[name]}`).join("\n")}

Ready-made jobs, for --from:
${LIBRARY_JOBS.map((name) => `  ${name.padEnd(19)} ${LIBRARY[name]}`).join("\n")}

On a terminal, new asks for what you leave out; elsewhere the template is ${DEFAULT_TEMPLATE}.

Examples:
  errand new pod-report --template report
  errand new --from office-hours
  errand new sweep --template cleanup --ci github`,
});

export const CHECK = declare({
  name: "check",
  summary: "find mistakes in job files and show what they would do; needs no cluster",
  words: JOB_FILES,
  flags: {
    showConfig: flag("also print every effective setting and where it comes from"),
    cluster: flag("also ask the cluster whether you may deploy it and whether it would run; applies nothing"),
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
      "job files, or folders of them; with --admission-policy, the jobs to restrict to their declared access",
  },
  flags: {
    namespace: valued("<name>", "namespace of the objects (default: the one in errand.config.ts, else default)", {
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
    outputDir: valued("<folder>", "write one file per kind and a kustomization.yaml instead of printing"),
    helm: flag("write a Helm chart into --output-dir, with values for image, schedule, suspend, resources, params", {
      conflicts: ["namespace"],
      needs: ["outputDir"],
    }),
    admissionPolicy: flag(
      "print a ValidatingAdmissionPolicy that reserves errand's objects for --deployers (in the namespace of -n, else everywhere)",
      { conflicts: ["helm", "outputDir"] },
    ),
    deployers: valued("<who>", "who may deploy: user:NAME,group:NAME,serviceaccount:NAMESPACE/NAME", {
      needs: ["admissionPolicy"],
    }),
    operators: valued("<who>", "who may only trigger, retry, cancel, pause and resume", {
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
  summary: "write the files to build a job's image from: Dockerfile and bundle; needs no cluster",
  words: { form: "<file>", description: "job file" },
  flags: {
    outputDir: valued("<folder>", "folder to write to (default: build/JOB)"),
    image: valued("<image>", "Node image to build on, 24 or newer (default: same as for deploy)", {
      parse: parseImage,
    }),
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
  summary: "show what a deploy would change; exits with 1 if anything would change",
  words: JOB_FILES,
  flags: {
    forceConflicts: flag("show the result of taking fields that another manager owns"),
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
  summary: "apply jobs to a cluster, all or nothing: ServiceAccount, Role, ConfigMap and CronJob",
  words: { ...JOB_FILES, form: "[file...]" },
  flags: {
    filename: {
      short: "f",
      value: "<file>",
      description: "a job file or a folder, as in kubectl apply; repeatable",
      parse: (path: string, paths: readonly string[] = []) => [...paths, path],
    } as Flag<readonly string[] | undefined>,
    namespaces: valued("<names>", "several namespaces, separated by commas; all or nothing in each", {
      conflicts: ["namespace"],
    }),
    namespaceSelector: valued("<labels>", "every namespace with these labels, such as team=shop", {
      conflicts: ["namespace", "namespaces"],
    }),
    dryRun: flag("only validate everything on the API server and show what would change", {
      conflicts: ["allowUntried"],
    }),
    forceConflicts: flag("take fields that another manager owns"),
    ...ALLOW_UNTRIED,
    watch: flag("wait for the first run, print its report, and exit with the code of its outcome", {
      conflicts: ["dryRun", "namespaceSelector"],
    }),
    timeout: valued("<duration>", "with --watch: wait at most this long, such as 20m", {
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
  summary: "write types of the cluster's resources, with its own descriptions, into your project",
  words: { form: "<resource...>", description: "keys as in access, such as certificates.cert-manager.io or pods" },
  flags: {
    folder: {
      value: "<path>",
      description: "folder to write to",
      parse: parseNotEmpty,
      default: "types",
    } as Flag<string>,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: "Example: errand types certificates.cert-manager.io issuers.cert-manager.io",
});
