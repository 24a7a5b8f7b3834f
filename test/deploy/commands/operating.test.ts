import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../../deploy/cli.ts";
import { jobLabels } from "../../../deploy/manifests/manifest.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { errand as errandIn, startErrand } from "../../support/errand.ts";
import { project, writeFiles } from "../../support/project.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { endedJob, jobFixture, podFixture, reportFixture, terminated } from "../runs/history/run-fixture.ts";

const LABELS = jobLabels("sweep");
const RUN_LABEL = { "batch.kubernetes.io/job-name": "sweep-kt2c4" };

const folder = project();
const place = { cwd: folder, env: { KUBECONFIG: join(folder, "kubeconfig") } };
const errand = (...words: readonly string[]) => errandIn(words, place);

let cluster: EmbeddedCluster;

/** A job with a schedule and one run that is over, another that only runs by hand, and a CronJob that errand did not make. */
function objects() {
  const message = JSON.stringify(reportFixture("succeeded", { finishedAt: "2026-03-01T10:00:09Z" }));
  const pod = podFixture(terminated(0, { message }));
  const run = endedJob("Complete");
  const onDemand = cronJobFixture({ schedule: "0 0 31 2 *", suspend: true });
  const foreign = cronJobFixture();
  return [
    cronJobFixture({}, { metadata: { labels: { ...LABELS, "app.kubernetes.io/version": "0123456789" } } }),
    {
      ...onDemand,
      metadata: {
        ...onDemand.metadata,
        name: "by-hand",
        uid: "2",
        labels: { ...LABELS, "app.kubernetes.io/name": "by-hand" },
      },
    },
    { ...foreign, metadata: { ...foreign.metadata, name: "foreign", uid: "3", labels: {} } },
    { ...run, metadata: { ...run.metadata, uid: "4", labels: LABELS } },
    {
      ...pod,
      metadata: {
        ...pod.metadata,
        labels: { ...LABELS, ...RUN_LABEL },
        ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "sweep-kt2c4", uid: "4", controller: true }],
      },
    },
    {
      ...jobFixture({ conditions: [] }),
      metadata: {
        ...jobFixture().metadata,
        name: "by-hand-b7k2x",
        uid: "5",
        ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "by-hand", uid: "2", controller: true }],
        labels: { ...LABELS, "app.kubernetes.io/name": "by-hand" },
      },
    },
  ];
}

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  cluster.applyObjects([shop, ...objects(), watched(false)]);
  writeFiles(folder, { kubeconfig: cluster.kubeconfig("shop") });
});
afterAll(() => cluster.close());

/** A job in a namespace of its own, so that no other test sees it change. */
function watched(suspend: boolean) {
  const job = cronJobFixture({ suspend });
  return { ...job, metadata: { ...job.metadata, namespace: "watched", uid: "6", labels: LABELS } };
}

/** Requests that would change something; questions about rights are made by creating reviews, and change nothing. */
function changes() {
  const reading = ["get", "list", "watch"];
  return cluster.audit.events.filter(({ verb, resource }) => !reading.includes(verb) && !resource.endsWith("reviews"));
}

const NO_JOB = /Namespace "shop" has no job "nope"/;
const NO_RUN = /Namespace "shop" has no job and no run "nope"\n.*errand ps -n shop$/m;

describe("errand __complete", () => {
  it.each([
    ["jobs", ["trigger", ""], ["by-hand", "sweep"]],
    ["runs", ["logs", "-n", "shop", "s"], ["by-hand", "sweep", "by-hand-b7k2x", "sweep-kt2c4"]],
    ["jobs", ["trigger", "-n", "elsewhere", ""], []],
    ["jobs", ["trigger", "--context", "nowhere", ""], []],
    ["jobs", ["trigger", "--kubeconfig=none", ""], []],
  ])("prints %s and nothing else when the line so far is %j", async (kind, words, expected) => {
    const { code, stdout } = await errand("__complete", kind, ...words);
    expect(stdout.split("\n").filter(Boolean).toSorted()).toEqual(expected.toSorted());
    expect(code ?? 0).toBe(0);
  });
});

describe("the commands that operate a job", () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ["ps of nothing", ["ps", "nope"], 2, NO_RUN],
    [
      "ps with all namespaces and one",
      ["ps", "-A", "-n", "shop"],
      2,
      /'-A, --all-namespaces' cannot be used with option '-n/,
    ],
    ["ps that watches JSON", ["ps", "-w", "-o", "json"], 2, /-w shows a table and cannot be used with -o json/],
    ["ps with an unknown format", ["ps", "-o", "xml"], 2, /'xml' is invalid/],
    ["ps by an unknown column", ["ps", "--sort-by", "colour"], 2, /'colour' is invalid/],
    ["ps with an unknown context", ["ps", "--context", "there"], 69, /There is no context "there"/],
    ["ps with a missing kubeconfig", ["ps", "--kubeconfig", "none"], 69, /There is no kubeconfig file none/],
    [
      "status without a name",
      ["status"],
      2,
      /Which job\? Namespace "shop" has by-hand, sweep\n.*errand status by-hand/,
    ],
    ["why in a namespace that does not exist", ["why", "-n", "nope"], 2, /^error: Namespace "nope" does not exist\n/],
    [
      "cancel without a name",
      ["cancel"],
      2,
      /^error: Which run\? Namespace "shop" has by-hand-b7k2x\n.*errand cancel /,
    ],
    ["resume without a name", ["resume"], 2, /^error: Namespace "shop" has no paused jobs\n/],
    ["why without a name", ["why"], 2, /Which job\? Namespace "shop" has by-hand, sweep/],
    ["logs without a name", ["logs", "-o", "json"], 2, /Which job\?/],
    ["logs of an attempt that was not", ["logs", "sweep", "-p"], 2, /has had only one attempt/],
    [
      "logs of an attempt that is not there",
      ["logs", "sweep", "--attempt", "3"],
      2,
      /has no attempt 3\n.*still have pods: 1\./,
    ],
    ["logs with no lines", ["logs", "sweep", "--tail", "0"], 2, /whole number of at least 1/],
    ["history with no limit", ["history", "--limit", "x"], 2, /whole number of at least 1/],
    ["status of nothing", ["status", "nope"], 2, NO_RUN],
    ["history of nothing", ["history", "nope"], 2, NO_RUN],
    ["history of what errand did not make", ["history", "foreign"], 2, /has no job and no run "foreign"/],
    ["history of a run", ["history", "sweep-kt2c4"], 2, /is a run of job "sweep"\n.*errand history sweep -n shop$/m],
    ["history since no time", ["history", "--since", "2026-02-30"], 2, /There is no such date/],
    [
      "history of an unknown outcome",
      ["history", "--outcome", "failed,splendid"],
      2,
      /Expected one of succeeded, failed,/,
    ],
    ["history by half a parameter", ["history", "-p", "max"], 2, /Expected key=value/],
    [
      "compare with nothing before it",
      ["compare", "sweep"],
      2,
      /No good run of job "sweep" before sweep-kt2c4 is known\n/,
    ],
    ["compare of three runs", ["compare", "a", "b", "c"], 2, /takes two runs, not 3/],
    ["why of nothing", ["why", "nope"], 2, NO_RUN],
    ["why with two names", ["why", "sweep", "by-hand"], 2, /too many arguments/],
    ["pause of nothing", ["pause", "nope"], 2, NO_JOB],
    ["pause of a name that no object has", ["pause", "../secrets/x"], 2, /has no job "x"/],
    ["pause of what errand did not make", ["pause", "foreign"], 2, /has no job "foreign"/],
    [
      "pause of a job without a schedule",
      ["pause", "by-hand"],
      2,
      /"by-hand" has no schedule: there is nothing to pause/,
    ],
    ["resume of nothing", ["resume", "nope"], 2, NO_JOB],
    ["resume of a job without a schedule", ["resume", "by-hand"], 2, /there is nothing to resume/],
    ["cancel of nothing", ["cancel", "nope"], 2, NO_RUN],
    ["cancel of a run that is over", ["cancel", "sweep-kt2c4"], 2, /Run sweep-kt2c4 has already ended \(succeeded\)/],
    ["cancel of a job that does not run", ["cancel", "sweep"], 2, /Job "sweep" has no active run/],
    ["retry of nothing", ["retry", "nope"], 2, NO_RUN],
    ["retry of a run that is not over", ["retry", "by-hand-b7k2x"], 75, /Run by-hand-b7k2x has not ended/],
    ["retry with a timeout without a unit", ["retry", "sweep", "--timeout", "5"], 2, /"5" is not a duration/],
    ["rollback of nothing", ["rollback", "nope"], 2, NO_JOB],
    ["rollback to nowhere", ["rollback", "sweep", "--to", "beef"], 2, /There is no revision "beef"/],
    ["rollback to an empty word", ["rollback", "sweep", "--to", ""], 2, /There is no revision ""/],
    ["rollback without a word", ["rollback", "sweep", "--to"], 2, /argument missing/],
    ["rollback where there was nothing before", ["rollback", "sweep"], 2, /There is no other revision to roll back to/],
    [
      "rollback that lists and goes",
      ["rollback", "sweep", "--list", "--to", "beef"],
      2,
      /'--list' cannot be used with option '--to/,
    ],
    ["result with a timeout and no wait", ["result", "sweep", "--timeout", "5s"], 2, /'--timeout' requires '--wait'/],
    ["access of nothing", ["access", "nope"], 2, NO_JOB],
    ["access of a missing file", ["access", "jobs/nope.ts"], 2, /Job file jobs\/nope\.ts does not exist/],
    ["remove where nobody can be asked", ["remove", "sweep"], 2, /Not a terminal: pass --yes/],
    ["remove of a job that runs", ["remove", "by-hand", "--yes"], 75, /"by-hand" is running \(by-hand-b7k2x\)/],
  ])("answer in two lines, change nothing, and exit with their code for %s", async (_case, args, expected, message) => {
    const { code, stdout, stderr } = await errand(...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    const lines = stderr
      .trim()
      .split("\n")
      .filter((line) => !/^(ConfigMap|CronJob) /.test(line));
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(changes()).toEqual([]);
  });

  it("ps --watch prints a line again when it changes, and exits with 0 after Ctrl-C", async () => {
    const { child, ended } = startErrand(["ps", "--watch", "-n", "watched"], place);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatch(/^JOB +SCHEDULE/);
    expect((await lines.next()).value).toMatch(/^sweep +0 \* \* \* \* +2/);
    cluster.applyObjects([watched(true)]);
    // At a full hour the next run changes too.
    let line = "";
    while (!/^sweep +0 \* \* \* \* +suspended/.test(line))
      line = (await lines.next()).value ?? expect.fail("it has ended");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("say after Ctrl-C in --wait that the run goes on, and how to follow or cancel it", async () => {
    const { child, ended } = startErrand(["result", "by-hand-b7k2x", "--wait", "-n", "shop"], place);
    const lines = createInterface(child.stderr)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatch(/^waiting: /);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("Stopped waiting: run by-hand-b7k2x goes on");
    expect(stderr).toContain("errand logs by-hand-b7k2x -n shop -f; cancel it: errand cancel by-hand-b7k2x -n shop");
    expect(changes()).toEqual([]);
  });

  it("have help with an example each, as all commands have", () => {
    const { commands } = createProgram();
    expect(commands.length).toBeGreaterThan(20);
    for (const command of commands) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toMatch(new RegExp(`Examples?:[^]*errand ${command.name()} `));
    }
  });
});
