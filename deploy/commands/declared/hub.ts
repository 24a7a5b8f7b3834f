import { InvalidArgumentError } from "commander";
import { DNS_LABEL } from "../../../runtime/job/access.ts";
import { toNumber } from "../../../runtime/kube/values/quantity.ts";
import { declare, flag, valued } from "./declare.ts";
import { CLUSTER, FROM_HUB, OUTPUT, parseFlagDuration, parseImage, parseNotEmpty } from "./flags.ts";

/** The smallest claim: an empty archive, SQLite's log, and some days of runs. */
const STORAGE_BYTES_MIN = 64 * 2 ** 20;

export const HUB = declare({
  name: "hub",
  summary: "install, inspect or remove the hub, which keeps every run and tells what is wrong",
  words: {
    form: "<action>",
    description: "what to do",
    choices: ["install", "status", "alerts", "test-alert", "remove"],
  },
  flags: {
    namespaces: valued("<a,b>", "install: the namespaces to watch (default: the hub's own)", {
      parse: parseNamespaces,
    }),
    selector: valued("<labels>", "install: watch the namespaces with these labels", {
      short: "l",
      parse: parseNotEmpty,
    }),
    allNamespaces: flag("install: watch every namespace", { short: "A" }),
    allCronjobs: flag("install: watch every CronJob, also those that errand did not make"),
    storage: valued("<size>", "install: size of the claim, or none if history may go with the pod (default: 1Gi)", {
      parse: parseStorage,
    }),
    retention: valued("<duration>", "install: how long runs are kept (default: 90d)", { parse: parseFlagDuration }),
    metrics: flag("install: open /metrics, and nothing else, to other pods, for Prometheus"),
    image: valued("<image>", "install: image with Node 24 or newer", { parse: parseImage }),
    resend: valued("<id>", "alerts: send a message again that did not arrive", { parse: parseNotEmpty }),
    data: flag("remove: also everything that it has kept"),
    hubNamespace: FROM_HUB.hubNamespace,
    dryRun: flag("only validate everything on the API server and show what would change"),
    yes: flag("remove: do not ask", { short: "y" }),
    ...CLUSTER,
    ...OUTPUT,
  },
  help: `The hub only reads: errand hub install --dry-run shows its Role.
test-alert makes a run fail in your name, shows what came out at each channel, and removes it again.
Examples:
  errand hub install -n ops --namespaces team-a,team-b
  errand hub install -n ops -A --all-cronjobs --retention 30d --dry-run
  errand hub status -n ops
  errand hub alerts -n ops
  errand hub test-alert -n ops
  errand hub remove -n ops`,
});

function parseNamespaces(text: string): readonly string[] {
  const names = [...new Set(text.split(","))];
  if (names.every((name) => DNS_LABEL.test(name))) return names;
  throw new InvalidArgumentError("Expected names of namespaces with commas between them, such as team-a,team-b.");
}

function parseStorage(text: string): "none" | { readonly text: string; readonly bytes: number } {
  if (text === "none") return "none";
  const bytes = /^\d+(?:\.\d+)?(?:[KMGTP]i?|k)?$/.test(text) ? toNumber(text) : 0;
  if (bytes >= STORAGE_BYTES_MIN) return { text, bytes };
  throw new InvalidArgumentError("Expected a size of at least 64Mi, such as 1Gi, or none.");
}
