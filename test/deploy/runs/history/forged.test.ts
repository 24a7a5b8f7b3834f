import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeWhy } from "../../../../deploy/commands/answers/describe-findings.ts";
import { describeJobs, describeRuns } from "../../../../deploy/commands/answers/describe-jobs.ts";
import { describeReport } from "../../../../deploy/commands/answers/describe-report.ts";
import { jobSelector } from "../../../../deploy/manifests/manifest.ts";
import { fetchRecords } from "../../../../deploy/runs/fetch-jobs.ts";
import { fetchRun, findRun, listActiveRuns, listRuns } from "../../../../deploy/runs/find-run.ts";
import { readRun } from "../../../../deploy/runs/history/read-run.ts";
import { readReport } from "../../../../deploy/runs/history/report-text.ts";
import type { JobObject, PodObject } from "../../../../deploy/runs/history/run-objects.ts";
import { runEntry } from "../../../../deploy/source/entries.ts";
import { liveSource } from "../../../../deploy/source/live-source.ts";
import { whyOf } from "../../../../deploy/source/lookup.ts";
import type { JobEntry } from "../../../../deploy/source/run-source.ts";
import { clientOver, type KubeClient } from "../../../../runtime/kube/connected-client.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { NOT_FOUND, scriptedServer } from "../../cluster/scripted-server.ts";
import { cronJobFixture } from "../../diagnose/why/snapshot-fixture.ts";
import { endedJob, jobFixture, podFixture, reportFixture, terminated } from "./run-fixture.ts";

const NOW = new Date("2026-03-01T10:50:00Z");

async function jobsOf(client: KubeClient, namespace: string | undefined): Promise<readonly JobEntry[]> {
  return (await liveSource({ client, context: "test" }, namespace, { clock: () => NOW }).jobs({})).entries;
}
const FAILED = JSON.stringify(reportFixture("failed", { error: { reason: "Error", message: "no" } }));

/** A namespace with one job and whatever else. */
function serverWith(jobs: readonly JobObject[], pods: readonly PodObject[], cronJobs = [cronJobFixture()]) {
  const items: Readonly<Record<string, readonly { metadata: { name: string; labels?: object | undefined } }[]>> = {
    cronjobs: cronJobs,
    jobs,
    pods,
  };
  const { send, requests } = scriptedServer(({ path, query }: KubeRequest) => {
    const [resource = "", name] = path.split("/").slice(path.includes("/namespaces/") ? -2 : -1);
    const selector = query.find(([key]) => key === "labelSelector")?.[1] ?? "";
    const wanted = selector
      .split(",")
      .flatMap((term) => (/^[^ ]+=/.test(term) && !/component=/.test(term) ? [term.split("=")] : []));
    const isWanted = ({ metadata }: { metadata: { labels?: object | undefined } }) =>
      wanted.every(([label = "", value]) => (metadata.labels as Record<string, string> | undefined)?.[label] === value);
    const kind = name === undefined ? resource : name in items ? name : resource;
    if (kind === name || name === undefined) return { body: { items: (items[kind] ?? []).filter(isWanted) } };
    if (!(resource in items)) return { body: { items: [] } };
    const found = items[resource]?.find((each) => each.metadata.name === name);
    return found === undefined ? NOT_FOUND : { body: found };
  });
  return { client: clientOver(send, { namespace: "default" }), requests };
}

const real = endedJob("Failed", "FailedIndexes");
const realPod = podFixture(terminated(1, { message: FAILED }));
const labelledPod = {
  ...realPod,
  metadata: { ...realPod.metadata, labels: { ...real.metadata.labels, ...realPod.metadata.labels } },
};
const forgedPod = podFixture(terminated(0, { message: JSON.stringify(reportFixture("succeeded")) }), {
  failuresBefore: 9,
  metadata: { ownerReferences: [] },
});

describe("a pod that only has a run's label", () => {
  it.each([
    ["no owner", []],
    ["another owner", [{ apiVersion: "batch/v1", kind: "Job", name: "sweep-kt2c4", uid: "other", controller: true }]],
    ["an owner that does not control it", [{ apiVersion: "batch/v1", kind: "Job", name: "sweep-kt2c4", uid: "1" }]],
  ])("leaves a failed run a failure when it has %s", async (_case, ownerReferences) => {
    const pod = { ...forgedPod, metadata: { ...forgedPod.metadata, ownerReferences } };
    const { client } = serverWith([real], [pod, realPod]);
    expect(readRun(await fetchRun(client, real)).report.outcome).toBe("failed");
    const { runs } = await fetchRecords(
      client,
      "shop",
      jobSelector("sweep"),
      Promise.resolve(() => true),
    );
    expect(runs[0]?.record.report.outcome).toBe("failed");
  });
});

describe("a Job that only has a run's labels", () => {
  const foreign = jobFixture({ active: 1 }, { name: "sweep-zzzzz", uid: "2", ownerReferences: [] });

  it("is no active run, no run of ps and no newest run, and is named", async () => {
    const { client } = serverWith([real, foreign], [realPod]);
    expect(await listActiveRuns(client, "shop", "sweep")).toEqual([]);
    expect((await listRuns(client, "shop", "sweep")).map(({ metadata }) => metadata.name)).toEqual(["sweep-kt2c4"]);
    expect(await jobsOf(client, "shop")).toMatchObject([
      { active: [], failuresInARow: 1, lastRun: { run: "sweep-kt2c4" }, foreign: ["sweep-zzzzz"] },
    ]);
    await expect(findRun(client, "shop", "sweep-zzzzz")).rejects.toThrow(/no deployed job owns it: ignored/);
  });

  it("does not hide the job that it is called like", async () => {
    const namesake = jobFixture({}, { name: "sweep", uid: "2", ownerReferences: [] });
    const { client } = serverWith([namesake, real], [realPod]);
    expect((await findRun(client, "shop", "sweep")).metadata.name).toBe("sweep-kt2c4");
  });

  it("costs no request of its own, however many there are", async () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      jobFixture({}, { name: `sweep-${index}`, ownerReferences: [] }),
    );
    const { client, requests } = serverWith([...many, real], [labelledPod]);
    await jobsOf(client, "shop");
    expect(requests).toHaveLength(3);
  });

  it("is a run that is left when its job is not deployed any more", async () => {
    const { client } = serverWith([foreign], [], []);
    expect((await findRun(client, "shop", "sweep-zzzzz")).metadata.name).toBe("sweep-zzzzz");
  });
});

describe("readReport", () => {
  it("reads an outcome of a newer errand as unknown, and leaves out fields that it does not know", () => {
    const newer = {
      ...reportFixture("succeeded"),
      outcome: "postponed",
      until: 7,
      run: { ...reportFixture("failed").run, zone: 1 },
    };
    expect(readReport(JSON.stringify(newer))).toEqual({ report: reportFixture("unknown") });
  });

  it.each<[string, object]>([
    ["no outcome", { outcome: undefined }],
    ["an outcome that is a list", { outcome: ["succeeded"] }],
    ["no time", { startedAt: "later" }],
    ["a time without end", { startedAt: "+275760-09-13T00:00:00Z" }],
    ["mutations that are null", { mutations: null }],
    ["a count that is text", { mutations: { delete: { pods: "7" } } }],
    ["a count beyond all numbers", { requests: 1e300 }],
    ["a negative count", { retries: -1 }],
    ["a run without a name", { run: { attempt: 1, trigger: "manual" } }],
    ["an error without a message", { error: { reason: "Error" } }],
    ["warnings that are no list", { warnings: { length: 1 } }],
    ["a plan of neither kind", { plan: { changes: [{ verb: 1 }] } }],
    ["a result as deep as a well", { result: JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`) }],
  ])("says what is wrong with a report that has %s", (_case, fields) => {
    const reading = readReport(JSON.stringify({ ...reportFixture("succeeded"), ...fields }));
    expect(reading?.report).toBeUndefined();
    expect(reading?.problem).toMatch(/ is not /);
  });

  it("takes names of methods and of prototypes as names", () => {
    const text = JSON.stringify(reportFixture("succeeded")).replace(
      '"delete":',
      '"__proto__":{"pods":3},"constructor":',
    );
    const mutations = readReport(text)?.report?.mutations ?? {};
    expect(Object.entries(mutations)).toEqual([
      ["__proto__", { pods: 3 }],
      ["constructor", { pods: 7 }],
    ]);
    expect(({} as Record<string, unknown>).pods).toBeUndefined();
  });
});

describe("a run's pod with a report that cannot be read", () => {
  it.each([
    ['{"apiVersion":"errand/v1","kind":"Report","outcome":"succ', /cannot be read: it is cut off/],
    [JSON.stringify({ ...reportFixture("succeeded"), mutations: 1 }), /cannot be read: mutations is not an object/],
    [
      JSON.stringify({ ...reportFixture("succeeded"), run: { id: "other", attempt: 1, trigger: "manual" } }),
      /it is of run other/,
    ],
  ])("is lost, and says why: %s", (message, expected) => {
    const { report } = readRun({
      job: endedJob("Complete"),
      pods: [podFixture(terminated(0, { message }))],
      events: [],
    });
    expect(report).toMatchObject({
      outcome: "lost",
      error: { reason: "UnreadableReport", message: expect.stringMatching(expected) },
    });
  });
});

describe("annotations on a Job", () => {
  const noted = (job: JobObject, annotations: Record<string, string>) => ({
    ...job,
    metadata: { ...job.metadata, annotations },
  });
  const cancelled = {
    "errand/cancelled": "2026-03-01T10:00:09Z",
    "errand/report": JSON.stringify(reportFixture("succeeded")),
  };

  it("turn no failure into a success when its pod or its Job says otherwise", () => {
    expect(readRun({ job: noted(real, cancelled), pods: [realPod], events: [] }).report.outcome).toBe("failed");
    expect(readRun({ job: noted(real, cancelled), pods: [], events: [] }).report.outcome).toBe("lost");
  });

  it("end no reading when they are garbage", () => {
    const job = noted(endedJob("Failed", "DeadlineExceeded"), {
      ...{ "errand/cancelled": "{", "errand/report": '{"apiVersion":"errand/v1"' },
      ...{ "batch.kubernetes.io/cronjob-scheduled-timestamp": "{" },
    });
    expect(readRun({ job, pods: [], events: [] }).report).toMatchObject({
      outcome: "cancelled",
      run: { trigger: "schedule" },
    });
  });
});

/** Any text, among it what readers look for. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom("__proto__", "{", "-1", "1e999", "9999-12-31T23:59:59Z", "2026-13-45", '{"apiVersion":"errand/v1"'),
  fc.jsonValue().map((fields) => JSON.stringify({ ...reportFixture("failed"), ...(fields as object) })),
  fc
    .record({ key: fc.constantFrom(...Object.keys(reportFixture("failed"))), value: fc.jsonValue() })
    .map(({ key, value }) => JSON.stringify({ ...reportFixture("succeeded"), [key]: value })),
);
const names = fc.constantFrom(
  ...[
    "errand/cancelled",
    "errand/report",
    "errand/retry-of",
    "errand/triggered-by",
    "errand/paused",
    "errand/revisions",
  ],
  ...["batch.kubernetes.io/cronjob-scheduled-timestamp", "batch.kubernetes.io/job-index-failure-count"],
);
/** As the API server takes it. */
const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/);
const annotations = fc.dictionary(names, text);
/** What a status holds where anybody may write it; the API server knows its types, and nothing else of it. */
const anything = fc.oneof(fc.jsonValue(), fc.constant(undefined));
const garbageJob = fc
  .record({ annotations, name, creationTimestamp: text, status: anything, spec: anything, owned: fc.boolean() })
  .map(({ owned, status, spec, ...metadata }): JobObject => {
    const job = jobFixture({}, { ...metadata, uid: "garbage", ...(owned ? {} : { ownerReferences: [] }) });
    return { ...job, status, spec } as object as JobObject;
  });
const garbagePod = fc
  .record({ annotations, message: text, creationTimestamp: text, status: anything })
  .map(({ annotations: given, message, status, creationTimestamp }): PodObject => {
    const owner = { apiVersion: "batch/v1", kind: "Job", name: "x", uid: "garbage", controller: true };
    const pod = podFixture(terminated(0, { message }), {
      metadata: { annotations: given, creationTimestamp, ownerReferences: [owner] },
    });
    return (status === undefined ? pod : { ...pod, status }) as PodObject;
  });

describe("whatever somebody writes into Jobs and pods", () => {
  it("ps, history and why tell of the others all the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(garbageJob, { maxLength: 3 }),
        fc.array(garbagePod, { maxLength: 3 }),
        async (jobs, pods) => {
          const named = pods.map((pod, index) => {
            const run = jobs[index % Math.max(1, jobs.length)]?.metadata.name ?? "x";
            return {
              ...pod,
              metadata: {
                ...pod.metadata,
                labels: {
                  "app.kubernetes.io/managed-by": "errand",
                  "app.kubernetes.io/name": "sweep",
                  "batch.kubernetes.io/job-name": run,
                },
              },
            };
          });
          const { client } = serverWith([...jobs, real], [...named, labelledPod]);
          const summaries = await jobsOf(client, undefined);
          expect(describeJobs(summaries, NOW)).toContain("sweep");
          const { runs } = await fetchRecords(
            client,
            "shop",
            jobSelector("sweep"),
            Promise.resolve(() => true),
          );
          const told = runs.map((run) => runEntry(run, NOW));
          expect(describeRuns(told, "Etc/UTC")).toMatch(/^sweep-kt2c4 +failed/m);
          for (const { record } of runs) describeReport(record.report);
          describeWhy(await whyOf(liveSource({ client, context: "test" }, "shop"), "shop", "sweep"));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("a text is a report of the schema, or none", () => {
    fc.assert(
      fc.property(text, (each) => {
        const { report } = readReport(each) ?? {};
        if (report !== undefined) expect(readReport(JSON.stringify(report))).toEqual({ report });
      }),
    );
  });
});
