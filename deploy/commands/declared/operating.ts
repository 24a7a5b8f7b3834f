import { FORMATS, type Format } from "../../terminal/talk.ts";
import { declare, type Flag, flag, oneOf, valued } from "./declare.ts";
import { ALLOW_UNTRIED } from "./delivering.ts";
import { CLUSTER, OUTPUT, parseCount, parseNotEmpty, parsePort } from "./flags.ts";

// Deployed jobs: looked at, held up, changed and removed.

const JOB = { form: "[job]", description: "name of the job, or its file" } as const;

const ALL_NAMESPACES = {
  allNamespaces: flag("of all namespaces", { short: "A", conflicts: ["namespace"] }),
};

/** What `ps` can be ordered by. */
const SORT_COLUMNS = ["name", "next", "last", "failures", "age"] as const;

export const PS = declare({
  name: "ps",
  aliases: ["list", "ls", "get"],
  summary: "list the jobs of a namespace: schedule, next run, last outcome, failures in a row, active runs",
  words: { form: "[job...]", description: "only these; of a run its status is shown" },
  flags: {
    ...ALL_NAMESPACES,
    selector: valued("<labels>", "only jobs that have these labels, such as team=shop", {
      short: "l",
      parse: parseNotEmpty,
    }),
    sortBy: oneOf("<column>", "order of the jobs (default: by name)", SORT_COLUMNS),
    watch: flag("go on, and show what changes, until Ctrl-C", { short: "w" }),
    ...CLUSTER,
    output: { ...OUTPUT.output, choices: [...FORMATS, "wide"] } as Flag<Format | "wide">,
  },
  help: `Examples:
  errand ps -n ops
  errand ps -A --sort-by failures -o wide
  errand ps -A -o json | jq '.[] | select(.failuresInARow > 0)'`,
});

export const STATUS = declare({
  name: "status",
  aliases: ["describe"],
  summary: "say how a job or a run stands; of a running one, what it has done so far",
  words: { form: "[run]", description: "name of a run; or of a job, for the job and its newest run" },
  flags: { ...CLUSTER, ...OUTPUT },
  help: `A running pod is asked over a forwarded port, which takes the rights to get and create pods/portforward.
Examples:
  errand status pod-cleanup -n ops
  errand status pod-cleanup-kt2c4 -n ops -o json | jq .run.progress`,
});

export const HISTORY = declare({
  name: "history",
  summary: "list runs, newest first, as far as the cluster remembers them",
  words: { form: "[job]", description: "name of the job, or its file; without one: the runs of all jobs" },
  flags: {
    ...ALL_NAMESPACES,
    limit: valued("<number>", "only the newest", { parse: parseCount }),
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Examples:
  errand history pod-cleanup -n ops
  errand history -A --limit 20
  errand history pod-cleanup -n ops -o json`,
});

export const WHY = declare({
  name: "why",
  summary: "say why a job did not run, or why a run ended as it did, and what to do",
  words: { form: "[run]", description: "name of a run; or of a job, for its schedule and its newest run" },
  flags: { ...CLUSTER, ...OUTPUT },
  help: `Examples:
  errand why pod-cleanup -n ops
  errand why pod-cleanup-kt2c4 -n ops -o json`,
});

export const UI = declare({
  name: "ui",
  aliases: ["dashboard"],
  summary: "show jobs and runs in the browser, read with your kubeconfig",
  flags: {
    allNamespaces: flag("of all namespaces", { short: "A" }),
    port: valued("<port>", "port on 127.0.0.1 (default: any free one)", { parse: parsePort }),
    embedded: flag("without a cluster: a Kubernetes API in memory, with a fortnight of runs of every outcome"),
    ...CLUSTER,
  },
  help: `The address that it prints holds a token: only a browser that was opened with it is let in. What the pages do, they do as you.
Examples:
  errand ui --embedded
  errand ui -n ops`,
});

export const PAUSE = declare({
  name: "pause",
  aliases: ["suspend"],
  summary: "stop a job's schedule, until resume; a deploy does not undo it, and active runs go on",
  words: JOB,
  flags: { ...CLUSTER, ...OUTPUT },
  help: "Example: errand pause pod-cleanup -n ops",
});

export const RESUME = declare({
  name: "resume",
  summary: "let a paused job's schedule go on",
  words: JOB,
  flags: { ...CLUSTER, ...OUTPUT },
  help: "Example: errand resume pod-cleanup -n ops",
});

export const ROLLBACK = declare({
  name: "rollback",
  summary: "deploy an earlier revision again, exactly as it was: code, schedule, rights and image",
  words: JOB,
  flags: {
    to: valued("<revision>", "which one, or its first digits (default: what was deployed before)"),
    list: flag("only list the revisions that the cluster holds", { conflicts: ["to", "dryRun", "yes"] }),
    dryRun: flag("only let the API server validate everything, and say what would change"),
    ...ALLOW_UNTRIED,
    yes: flag("do not ask: what changes is shown all the same", { short: "y" }),
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Examples:
  errand rollback pod-cleanup -n ops --list
  errand rollback pod-cleanup -n ops --to 4f1e02ab9c.1`,
});

export const ACCESS = declare({
  name: "access",
  summary: "compare what a job declares with its Role, with what the cluster allows it, and with what its runs used",
  words: { form: "[job]", description: "name of a deployed job; or its file, for what that declares now" },
  flags: { ...CLUSTER, ...OUTPUT },
  help: `Asking takes the rights to create subjectaccessreviews and to impersonate the ServiceAccount; without them it says less.
Examples:
  errand access pod-cleanup -n ops
  errand access jobs/pod-cleanup.ts -n ops`,
});

export const REMOVE = declare({
  name: "remove",
  aliases: ["rm", "delete"],
  summary: "take a job out of a cluster: exactly what deploy made; its finished runs stay to be read",
  words: { form: "[job...]", description: "names of jobs, or their files" },
  flags: {
    all: flag("its runs too, and what they left"),
    dryRun: flag("only show what would be removed"),
    yes: flag("do not ask", { short: "y" }),
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Examples:
  errand remove pod-cleanup -n ops
  errand remove pod-cleanup sweep -n ops --dry-run`,
});

export const COMPLETION = declare({
  name: "completion",
  summary: "print what makes a shell complete commands, flags and the names of jobs",
  words: { form: "<shell>", description: "the shell", choices: ["bash", "zsh", "fish"] },
  flags: {},
  help: `Examples:
  echo 'source <(errand completion bash)' >> ~/.bashrc
  echo 'source <(errand completion zsh)' >> ~/.zshrc        # after compinit
  errand completion fish > ~/.config/fish/completions/errand.fish`,
});
