import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { jobLabels } from "../../../deploy/manifests/manifest.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { type CommandResult, mustRun } from "../../support/command.ts";
import { startErrand } from "../../support/errand.ts";
import { project, writeFiles } from "../../support/project.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { endedJob, eventFixture, podFixture, reportFixture, terminated } from "../runs/history/run-fixture.ts";

// Every text of this cluster tries the terminal: it clears, retitles, colours, writes over its line, turns its direction, and hides.
const HOSTILE = "\x1b[2J\x1b]0;title\x07\u009b31m\rover\u0008\u007f\u202eesrever\u200b\u2066\ufeff\x1b[32m";
const ESCAPE = "\x1b";
const LABELS = { ...jobLabels("sweep"), "batch.kubernetes.io/job-name": "sweep-kt2c4" };

const folder = project();
let cluster: EmbeddedCluster;

/** A pod of a run that failed, with as much hostile text as a pod, its events and its log have room for. */
function failed(job: string, uid: string) {
  const report = reportFixture("failed", {
    run: { id: job, attempt: 1, trigger: "manual", triggeredBy: HOSTILE },
    error: { reason: HOSTILE, message: `${HOSTILE}\n${HOSTILE}`, hint: HOSTILE, stack: `    at ${HOSTILE}` },
    progress: { [HOSTILE]: HOSTILE },
    result: HOSTILE,
    warnings: [HOSTILE],
    mutations: { delete: { [HOSTILE]: 1 } },
    finishedAt: "2026-03-01T10:00:09Z",
  });
  const pod = podFixture(terminated(1, { message: JSON.stringify(report), reason: HOSTILE }), {
    status: { phase: "Failed", message: HOSTILE, reason: HOSTILE },
    metadata: {
      name: `${job}-0-x`,
      uid: `pod-of-${uid}`,
      labels: { ...LABELS, "batch.kubernetes.io/job-name": job },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: job, uid, controller: true }],
    },
  });
  return { pod, report };
}

const LOG = [
  HOSTILE,
  JSON.stringify({ time: `2026-03-01T${HOSTILE}`, level: HOSTILE, message: HOSTILE, [HOSTILE]: HOSTILE, text: "a\nb" }),
  `{"time":"2026-03-01T10:00:00Z","level":"info","message":"one\\n10:00:01 error two"}`,
];

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  writeFiles(folder, { kubeconfig: cluster.kubeconfig("shop") });
  const run = endedJob("Failed", HOSTILE, HOSTILE);
  const { pod } = failed("sweep-kt2c4", "4");
  const template = { spec: { containers: [{ name: "job" }] } };
  const jobTemplate = { spec: { template } } as never;
  const cronJob = cronJobFixture(
    { jobTemplate },
    { metadata: { labels: { ...LABELS, "app.kubernetes.io/version": "0123456789" } } },
  );
  const owner = [{ apiVersion: "batch/v1", kind: "CronJob", name: "sweep", uid: "1", controller: true }];
  cluster.applyObjects([
    {
      ...cronJob,
      spec: { ...cronJob.spec, schedule: HOSTILE },
      metadata: {
        ...cronJob.metadata,
        uid: "9",
        name: `evil${HOSTILE}`,
        labels: { ...LABELS, "app.kubernetes.io/name": `evil${HOSTILE}` },
      },
    },
    { ...cronJob, metadata: { ...cronJob.metadata, annotations: { "errand/description": HOSTILE } } },
    {
      ...run,
      metadata: {
        ...run.metadata,
        uid: "4",
        labels: LABELS,
        ownerReferences: owner,
        annotations: { "errand/triggered-by": HOSTILE },
      },
    },
    pod,
    eventFixture("FailedCreate", HOSTILE, { uid: "4" }),
    { ...eventFixture("BackOff", HOSTILE, { uid: "pod-of-4" }), metadata: { name: "second", namespace: "shop" } },
  ] as never);
  for (const line of LOG) cluster.logs.append("pod-of-4", line);
});
afterAll(() => cluster.close());

const options = { cwd: folder, env: { KUBECONFIG: join(folder, "kubeconfig"), FORCE_COLOR: "1", NO_COLOR: "" } };

/** In a process of their own, which decides on its colours when it starts, one after the other. */
async function errandEach(commands: readonly (readonly string[])[]): Promise<CommandResult[]> {
  const script = `
    const { errand } = await import(${JSON.stringify(import.meta.resolve("../../support/errand.ts"))});
    const results = [];
    for (const words of ${JSON.stringify(commands)}) results.push(await errand(words, ${JSON.stringify(options)}));
    console.log(JSON.stringify(results));
  `;
  const node = [process.execPath, "--input-type=module", "--eval", script] as const;
  return JSON.parse(await mustRun(node, { env: { FORCE_COLOR: "1", NO_COLOR: "" } })) as CommandResult[];
}

/** What may stand in an answer besides visible characters: line breaks, and errand's own colours, which begin and end. */
function hiddenIn(printed: string): string[] {
  const colors = new RegExp(`${ESCAPE}\\[(?:1|2|22|3[136]|90|39)m`, "g");
  const own = printed.replaceAll(colors, "").replaceAll("\n", "");
  return own.match(/[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu) ?? [];
}

/** The colour that only the cluster asks for. */
const GREEN = `${ESCAPE}[32m`;

const COMMANDS = [
  ["ps"],
  ["ps", "-A", "-o", "yaml"],
  ["status", "sweep"],
  ["history", "sweep"],
  ["history", "sweep", "-o", "json"],
  ["why", "sweep-kt2c4"],
  ["why", "sweep-kt2c4", "-o", "yaml"],
  ["logs", "sweep-kt2c4"],
  ["result", "sweep-kt2c4"],
  ["result", "sweep-kt2c4", "-o", "json"],
  ["status", HOSTILE],
  ["logs", "sweep", "--context", HOSTILE],
  ["types", `${HOSTILE}.example`],
] as const;
let answers: Promise<CommandResult[]> | undefined;

it.each(COMMANDS.map((words, index) => ({ words, index })))(
  "errand $words shows what a hostile cluster says without letting it control the terminal",
  async ({ index }) => {
    answers ??= errandEach(COMMANDS);
    const { stdout = "", stderr = "" } = (await answers)[index] ?? {};
    expect(stdout + stderr).toContain("\\u202e");
    expect(hiddenIn(stdout + stderr)).toEqual([]);
    expect(stdout + stderr).not.toContain(GREEN);
  },
);

it("errand uses colours of its own when it is asked to", async () => {
  answers ??= errandEach(COMMANDS);
  const shown = (await answers).map(({ stdout, stderr }) => stdout + stderr);
  expect(shown.filter((text) => text.includes(ESCAPE)).length).toBeGreaterThan(3);
});

it("errand trigger --wait shows the log and the report of a run as safely", async () => {
  const ending = (async () => {
    const jobs = { group: "batch", resource: "jobs" };
    const made = await vi.waitUntil(
      () => cluster.store.all(jobs, "shop").find((job) => job.metadata.name !== "sweep-kt2c4"),
      20_000,
    );
    const { name, uid = "" } = made.metadata;
    const { pod } = failed(name, uid);
    for (const line of LOG) cluster.logs.append(`pod-of-${uid}`, line);
    cluster.applyObjects([
      { ...made, status: { conditions: [{ type: "Failed", status: "True", reason: HOSTILE, message: HOSTILE }] } },
      pod,
    ] as never);
  })();
  const [{ code, stdout, stderr }] = await Promise.all([
    startErrand(["trigger", "sweep", "--wait"], options).ended,
    ending,
  ]);
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stdout).toContain("\\u202e");
  expect(stderr).toContain("10:00:01 error two");
  expect(stderr).not.toMatch(/^10:00:01 error two/m);
  expect(hiddenIn(stdout + stderr)).toEqual([]);
  expect(stdout + stderr).not.toContain(GREEN);
});
