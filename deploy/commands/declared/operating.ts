import { InvalidArgumentError } from "commander";
import type { ParamFilter } from "../../source/run-source.ts";
import { RUN_STATES } from "../../source/select.ts";
import { FORMATS, type Format } from "../../terminal/talk.ts";
import { declare, type Flag, flag, oneOf, valued } from "./declare.ts";
import { ALLOW_UNTRIED } from "./delivering.ts";
import {
  CLUSTER,
  FROM_HUB,
  GRID_OUTPUT,
  OUTPUT,
  parseCount,
  parseNotEmpty,
  parsePort,
  parseSince,
  parseWords,
} from "./flags.ts";

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
  flags: { ...FROM_HUB, ...CLUSTER, ...OUTPUT },
  help: `Asks a running pod over a forwarded port, which takes the rights to get and create pods/portforward.
Examples:
  errand status pod-cleanup -n ops
  errand status pod-cleanup-kt2c4 -n ops -o json | jq .run.progress`,
});

/** What a list of runs can leave out. */
const HIDDEN = ["recovered", "dry"] as const;

/** How a run can be started. */
const TRIGGERS = ["schedule", "hand", "retry"] as const;

export const HISTORY = declare({
  name: "history",
  summary: "list the runs that the cluster remembers, newest first",
  words: { form: "[job]", description: "name of the job, or its file; without one, list the runs of all jobs" },
  flags: {
    ...ALL_NAMESPACES,
    limit: valued("<number>", "only this many of the newest", { parse: parseCount }),
    since: valued("<time>", "only runs started since: 30d, or a date such as 2026-03-01", { parse: parseSince }),
    outcome: {
      value: "<outcome>",
      description: "only runs with this outcome; repeatable",
      choices: RUN_STATES,
      parse: parseWords(RUN_STATES),
    } as Flag<readonly string[] | undefined>,
    param: {
      short: "p",
      value: "<key=value>",
      description: "only runs with this parameter; repeatable",
      parse: (pair: string, pairs: readonly ParamFilter[] = []) => [...pairs, parseParamFilter(pair)],
    } as Flag<readonly ParamFilter[] | undefined>,
    trigger: oneOf("<how>", "only runs triggered this way", TRIGGERS),
    by: valued("<user>", "only runs triggered by this user", { parse: parseNotEmpty }),
    hide: {
      value: "<what>",
      description: "leave out failures after which a run succeeded (recovered), or dry runs (dry); repeatable",
      choices: HIDDEN,
      parse: parseWords(HIDDEN),
    } as Flag<readonly (typeof HIDDEN)[number][] | undefined>,
    ...FROM_HUB,
    ...CLUSTER,
    ...GRID_OUTPUT,
  },
  help: `Filters mean what they mean in the address of the dashboard's page. A run must meet all of them.

Examples:
  errand history pod-cleanup -n ops
  errand history -A --since 30d --outcome failed,timedOut --hide recovered
  errand history pod-cleanup -n ops -p namespace=shop --trigger hand
  errand history pod-cleanup -n ops --since 2026-03-01 -o csv > runs.csv`,
});

export const COMPARE = declare({
  name: "compare",
  summary: "show what differs between two runs, or between a run and the last good one before it",
  words: {
    form: "<run...>",
    description: "names of two runs, the earlier first, or of one; a job means its newest run",
  },
  flags: {
    all: flag("show what is the same too"),
    ...FROM_HUB,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `Exits with 0 if outcome, parameters and result are the same, and with 1 if not. A dry run is never the last good run.

Examples:
  errand compare inventory -n ops
  errand compare inventory-29540000 inventory-29541440 -n ops -o json`,
});

function parseParamFilter(pair: string): ParamFilter {
  const [, name, value] = /^\s*([^=\s]+)=(.*)$/s.exec(pair) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected key=value.");
  return { name, value };
}

export const WHY = declare({
  name: "why",
  summary: "explain why a job did not run, or why a run ended as it did, and what to do",
  words: { form: "[run]", description: "name of a run, or of a job for its schedule and its newest run" },
  flags: { ...FROM_HUB, ...CLUSTER, ...OUTPUT },
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
    embedded: flag("use no cluster but a Kubernetes API in memory, with a fortnight of runs of every outcome", {
      conflicts: ["hub", "hubNamespace"],
    }),
    ...FROM_HUB,
    ...CLUSTER,
  },
  help: `The printed address holds a token: only a browser opened with it gets in. The pages act as you.
Examples:
  errand ui --embedded
  errand ui -n ops
  errand ui --hub`,
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
