import { declare, type Flag, flag, valued } from "./declare.ts";
import {
  CLUSTER,
  FROM_HUB,
  GRID_OUTPUT,
  OUTPUT,
  PARAMS,
  parseCount,
  parseFlagDuration,
  parseNotEmpty,
  TYPE_CHECK,
  WAIT,
} from "./flags.ts";

// Commands for runs: start, follow, read and end them.

export const RUN = declare({
  name: "run",
  summary: "run a job file here, as you, against the kubeconfig's cluster; enforces its declared access",
  words: { form: "<file>", description: "job file" },
  flags: {
    embedded: flag("run it on a Kubernetes API in memory with demo objects; needs no cluster", {
      conflicts: ["asJob", "timeout", "context", "kubeconfig"],
    }),
    seed: {
      value: "<path>",
      description: "YAML or JSON of your own objects for --embedded: a file, a folder or -; repeatable",
      needs: ["embedded"],
      parse: (path: string, paths: readonly string[] = []) => [...paths, parseNotEmpty(path)],
    } as Flag<readonly string[] | undefined>,
    asJob: flag("act as the deployed job's ServiceAccount, with the rights it has in its pod"),
    timeout: valued("<duration>", "replaces the job's own timeout, such as 30s; not with --embedded", {
      parse: parseFlagDuration,
    }),
    wait: flag("accepted because trigger has it; run always waits", { short: "w" }),
    ...TYPE_CHECK,
    ...PARAMS,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: "Example: errand run jobs/pod-cleanup.ts -n ops --param olderThan=2h --dry-run",
});

export const TRIGGER = declare({
  name: "trigger",
  aliases: ["start"],
  summary: "run a deployed job now",
  words: {
    form: "[job]",
    description: "name of the job, or its file to validate the parameters here too",
  },
  flags: {
    ...WAIT,
    follow: flag("same as --wait", { short: "f" }),
    timeout: { ...WAIT.timeout, needs: ["wait", "follow", "plan"] },
    plan: flag("rehearse it and store the list of its changes under a hash", {
      conflicts: ["apply"],
    }),
    apply: valued("<hash>", "make exactly the changes that a plan lists, to exactly those objects", {
      conflicts: ["param", "params", "dryRun"],
    }),
    force: flag("run even if another run is active"),
    ...PARAMS,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `On a terminal, trigger asks for missing required parameters.

Examples:
  errand trigger pod-cleanup -n ops -p olderThan=2h --dry-run --wait
  errand trigger pod-cleanup -n ops --params night.yaml
  errand trigger pod-cleanup -n ops --params '{"olderThan": "2h"}' -f
  errand trigger pod-cleanup -n ops --plan
  errand trigger pod-cleanup -n ops --apply 4f1e02ab9c --wait
  echo '{"olderThan": "2h"}' | errand trigger jobs/pod-cleanup.ts -n ops --params -`,
});

export const RESULT = declare({
  name: "result",
  summary: "print the report of a run and exit with the code of its outcome",
  words: { form: "[run]", description: "name of a run, or of a job for its newest run" },
  flags: {
    wait: flag("wait until it ends", { short: "w", conflicts: ["hub"] }),
    timeout: valued("<duration>", "with --wait: wait at most this long, such as 10m", {
      parse: parseFlagDuration,
      needs: ["wait"],
    }),
    ...FROM_HUB,
    ...CLUSTER,
    ...GRID_OUTPUT,
  },
  help: `-o csv and -o markdown print what the job returned, where that is a list of objects or has one in it.

Examples:
  errand result pod-cleanup -n ops -o json | jq .result
  errand result inventory -n ops -o csv > inventory.csv`,
});

export const LOGS = declare({
  name: "logs",
  aliases: ["tail"],
  summary: "print the log of a run",
  words: { form: "[run]", description: "name of a run, or of a job for its newest run" },
  flags: {
    follow: flag("follow the log until the run ends", { short: "f", conflicts: ["previous", "attempt", "hub"] }),
    tail: valued("<lines>", "only this many of the last lines", { parse: parseCount }),
    since: valued("<duration>", "only lines newer than this, such as 10m", { parse: parseFlagDuration }),
    previous: flag("show the attempt before the last", { short: "p", conflicts: ["attempt"] }),
    attempt: valued("<number>", "show this attempt; 1 is the first", { parse: parseCount }),
    ...FROM_HUB,
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `With -o json, lines are printed as the run wrote them. Otherwise the last line, the report, reads as in errand result.

Examples:
  errand logs pod-cleanup -n ops -f
  errand logs pod-cleanup -n ops --tail 50 --since 1h
  errand logs pod-cleanup-kt2c4 -n ops -p`,
});

export const CANCEL = declare({
  name: "cancel",
  aliases: ["stop"],
  summary: "end an active run: it gets SIGTERM and is not retried; its report is kept",
  words: { form: "[run]", description: "name of a run, or of a job for its active run" },
  flags: { ...CLUSTER, ...OUTPUT },
  help: `Examples:
  errand cancel pod-cleanup -n ops
  errand cancel pod-cleanup-kt2c4 -n ops`,
});

export const RETRY = declare({
  name: "retry",
  summary: "repeat a run with the same parameters and the currently deployed revision",
  words: { form: "[run]", description: "name of a finished run, or of a job for its newest run" },
  flags: {
    ...WAIT,
    force: flag("run even if another run is active"),
    ...CLUSTER,
    ...OUTPUT,
  },
  help: "Example: errand retry pod-cleanup-kt2c4 -n ops --wait",
});
