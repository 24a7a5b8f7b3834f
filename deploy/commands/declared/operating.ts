import { FORMATS, type Format } from "../../terminal/talk.ts";
import { declare, type Flag, flag, oneOf, valued } from "./declare.ts";
import { ALLOW_UNTRIED } from "./delivering.ts";
import { CLUSTER, OUTPUT, parseCount, parseNotEmpty, parsePort } from "./flags.ts";

// Commands for deployed jobs: inspect, pause, change and remove them.

const JOB = { form: "[job]", description: "name of the job, or its file" } as const;

const ALL_NAMESPACES = {
  allNamespaces: flag("all namespaces", { short: "A", conflicts: ["namespace"] }),
};

/** What `ps` can sort by. */
const SORT_COLUMNS = ["name", "next", "last", "failures", "age"] as const;

export const PS = declare({
  name: "ps",
  aliases: ["list", "ls", "get"],
  summary: "list the jobs of a namespace: schedule, next run, last outcome, failures in a row, active runs",
  words: { form: "[job...]", description: "only these jobs; for a run, show its status" },
  flags: {
    ...ALL_NAMESPACES,
    selector: valued("<labels>", "only jobs with these labels, such as team=shop", {
      short: "l",
      parse: parseNotEmpty,
    }),
    sortBy: oneOf("<column>", "sort jobs by this column (default: name)", SORT_COLUMNS),
    watch: flag("keep running and show changes until Ctrl-C", { short: "w" }),
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
  summary: "show the state of a job or a run, and what a running one has done so far",
  words: { form: "[run]", description: "name of a run, or of a job for the job and its newest run" },
  flags: { ...CLUSTER, ...OUTPUT },
  help: `Asks a running pod over a forwarded port, which takes the rights to get and create pods/portforward.
Examples:
  errand status pod-cleanup -n ops
  errand status pod-cleanup-kt2c4 -n ops -o json | jq .run.progress`,
});

export const HISTORY = declare({
  name: "history",
  summary: "list the runs that the cluster remembers, newest first",
  words: { form: "[job]", description: "name of the job, or its file; without one, list the runs of all jobs" },
  flags: {
    ...ALL_NAMESPACES,
    limit: valued("<number>", "only this many of the newest", { parse: parseCount }),
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
  summary: "explain why a job did not run, or why a run ended as it did, and what to do",
  words: { form: "[run]", description: "name of a run, or of a job for its schedule and its newest run" },
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
    allNamespaces: flag("all namespaces", { short: "A" }),
    port: valued("<port>", "port on 127.0.0.1 (default: any free one)", { parse: parsePort }),
    embedded: flag("use no cluster but a Kubernetes API in memory, with a fortnight of runs of every outcome"),
    ...CLUSTER,
  },
  help: `The printed address holds a token: only a browser opened with it gets in. The pages act as you.
Examples:
  errand ui --embedded
  errand ui -n ops`,
});

export const PAUSE = declare({
  name: "pause",
  aliases: ["suspend"],
  summary: "stop a job's schedule until resume; a deploy does not undo this, and active runs go on",
  words: JOB,
  flags: { ...CLUSTER, ...OUTPUT },
  help: "Example: errand pause pod-cleanup -n ops",
});

export const RESUME = declare({
  name: "resume",
  summary: "restart a paused job's schedule",
  words: JOB,
  flags: { ...CLUSTER, ...OUTPUT },
  help: "Example: errand resume pod-cleanup -n ops",
});

export const ROLLBACK = declare({
  name: "rollback",
  summary: "deploy an earlier revision again, exactly as it was: code, schedule, rights and image",
  words: JOB,
  flags: {
    to: valued("<revision>", "which revision, or its first digits (default: the one deployed before)"),
    list: flag("only list the revisions in the cluster", { conflicts: ["to", "dryRun", "yes"] }),
    dryRun: flag("only validate everything on the API server and show what would change"),
    ...ALLOW_UNTRIED,
    yes: flag("do not ask; still shows what changes", { short: "y" }),
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Examples:
  errand rollback pod-cleanup -n ops --list
  errand rollback pod-cleanup -n ops --to 4f1e02ab9c.1`,
});

export const ACCESS = declare({
  name: "access",
  summary: "compare what a job declares with its Role, the rights it has in the cluster, and those its runs used",
  words: { form: "[job]", description: "name of a deployed job, or its file for what it declares now" },
  flags: { ...CLUSTER, ...OUTPUT },
  help: `Needs the rights to create subjectaccessreviews and to impersonate the ServiceAccount; shows less without them.
Examples:
  errand access pod-cleanup -n ops
  errand access jobs/pod-cleanup.ts -n ops`,
});

export const REMOVE = declare({
  name: "remove",
  aliases: ["rm", "delete"],
  summary: "remove a job from a cluster: exactly what deploy created; finished runs stay",
  words: { form: "[job...]", description: "names of jobs, or their files" },
  flags: {
    all: flag("also remove its runs and what they left"),
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
  summary: "print shell completion for commands, flags, jobs, runs and namespaces",
  words: { form: "<shell>", description: "the shell", choices: ["bash", "zsh", "fish"] },
  flags: {},
  help: `Examples:
  echo 'source <(errand completion bash)' >> ~/.bashrc
  echo 'source <(errand completion zsh)' >> ~/.zshrc        # after compinit
  errand completion fish > ~/.config/fish/completions/errand.fish`,
});
