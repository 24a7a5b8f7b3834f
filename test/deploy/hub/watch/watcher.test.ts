import { describe, expect, it, onTestFinished } from "vitest";
import { openArchive } from "../../../../deploy/hub/archive/archive.ts";
import { Watcher } from "../../../../deploy/hub/watch/watcher.ts";
import { embeddedTarget } from "../../release/embedded-target.ts";
import { errandCronJob, fullReport, plainCronJob, runObjects } from "./scripted-runs.ts";

/** A cluster, an archive, and watchers that come and go. */
async function watched({
  allCronJobs = false,
  isWatched = () => true,
}: {
  allCronJobs?: boolean;
  isWatched?: (namespace: string) => boolean;
} = {}) {
  const { cluster, targetIn } = await embeddedTarget("shop", "other");
  const archive = openArchive(":memory:");
  onTestFinished(() => archive[Symbol.dispose]());
  const { client } = targetIn("shop");
  const problems: string[] = [];
  const start = async () => {
    const stop = new AbortController();
    const watcher = new Watcher(client, archive, {
      ...{
        namespaces: ["shop"],
        isWatched,
        allCronJobs,
        signal: stop.signal,
        onProblem: (text) => problems.push(text),
      },
    });
    const ready = Promise.withResolvers<void>();
    const ended = watcher.watch(ready.resolve);
    const end = async () => {
      stop.abort();
      await ended;
    };
    onTestFinished(end);
    await Promise.race([ready.promise, ended]);
    return { end, idle: () => watcher.idle() };
  };
  const outcomes = () =>
    Object.fromEntries(archive.entries("ORDER BY run").map(({ run, outcome, isFinal }) => [run, [outcome, isFinal]]));
  const linesOf = (run: string) => archive.logs(`job-${run}`).get(1)?.lines;
  const { jobs, pods, cronjobs } = client.kube.inNamespace("shop");
  return { cluster, archive, start, outcomes, linesOf, problems, jobs, pods, cronjobs };
}

describe("the watcher", () => {
  it("keeps a run while it is active, and finally when it has ended, with its whole report and its log", async () => {
    const { cluster, archive, start, outcomes, linesOf } = await watched();
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "running")]);
    await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["running", false] });
    cluster.logs.append("pod-sweep-1", "hello");
    cluster.logs.append("pod-sweep-1", fullReport("sweep-1", { pods: ["a", "b"] }));
    cluster.applyObjects(runObjects("sweep-1", "succeeded"));
    await expect.poll(outcomes).toEqual({ "sweep-1": ["succeeded", true] });
    expect(linesOf("sweep-1")?.[0]).toBe("hello");
    expect(archive.detail("job-sweep-1")?.record.report.result).toEqual({ pods: ["a", "b"] });
    expect(archive.job("shop", "sweep")).toMatchObject({
      kind: "errand",
      cronJob: { metadata: { uid: "cron-sweep" } },
    });
  });

  it("refuses a report with another outcome or of another run", async () => {
    const { cluster, archive, start, outcomes } = await watched();
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "failed"), ...runObjects("sweep-2", "failed")]);
    cluster.logs.append("pod-sweep-1", fullReport("sweep-1", { forged: true }, "succeeded"));
    cluster.logs.append("pod-sweep-2", fullReport("sweep-1", { forged: true }, "failed"));
    await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["failed", true], "sweep-2": ["failed", true] });
    expect(archive.detail("job-sweep-1")?.record.report.result).toBeUndefined();
    expect(archive.detail("job-sweep-2")?.record.report.result).toBeUndefined();
  });

  it("keeps no run as ended later than its Job", async () => {
    const { cluster, archive, start, outcomes } = await watched();
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "succeeded")]);
    const ahead = { ...JSON.parse(fullReport("sweep-1", {})), finishedAt: "2099-01-01T00:00:00Z" };
    cluster.logs.append("pod-sweep-1", JSON.stringify(ahead));
    await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["succeeded", true] });
    expect(archive.entry("job-sweep-1")?.finishedAt).toBe("2026-03-01T10:00:11.000Z");
  });

  it("ignores a Job that only has a run's labels", async () => {
    const { cluster, start, outcomes } = await watched();
    const [job, ...pods] = runObjects("sweep-1", "succeeded");
    const forged = { ...job, metadata: { ...job?.metadata, ownerReferences: [] } };
    const another = runObjects("sweep-2", "succeeded").map((each) => ({
      ...each,
      metadata: {
        ...each.metadata,
        ownerReferences: each.metadata?.ownerReferences?.map((owner) => ({ ...owner, uid: "cron-nobody" })),
      },
    }));
    cluster.applyObjects([errandCronJob(), forged as never, ...pods, ...(another as never[])]);
    cluster.applyObjects(runObjects("sweep-3", "succeeded"));
    await start();
    await expect.poll(outcomes).toEqual({ "sweep-3": ["succeeded", true] });
  });

  it("keeps runs and logs after their Jobs and pods are gone", async () => {
    const { cluster, start, outcomes, linesOf, jobs, pods } = await watched();
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "failed")]);
    cluster.logs.append("pod-sweep-1", "it went wrong");
    const { end } = await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["failed", true] });
    await jobs.delete("sweep-1");
    await pods.delete("sweep-1-x");
    await end();
    await (await start()).idle();
    expect(outcomes()).toEqual({ "sweep-1": ["failed", true] });
    expect(linesOf("sweep-1")).toEqual(["it went wrong"]);
  });

  it("reports an unknown outcome of a run whose Job was deleted while it was active", async () => {
    const { cluster, archive, start, outcomes, jobs } = await watched();
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "running")]);
    await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["running", false] });
    await jobs.delete("sweep-1");
    await expect.poll(outcomes).toEqual({ "sweep-1": ["lost", true] });
    expect(archive.entry("job-sweep-1")?.message).toBe("its Job was deleted before it was known how it ended");
  });

  it("reports the hub's gap for a run whose Job was deleted while the hub was away", async () => {
    const { cluster, archive, start, outcomes, jobs } = await watched();
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "running")]);
    const { end } = await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["running", false] });
    await end();
    await jobs.delete("sweep-1");
    archive.keepGap("The hub was not running");
    await start();
    expect(outcomes()).toEqual({ "sweep-1": ["lost", true] });
    expect(archive.entry("job-sweep-1")?.message).toMatch(
      /^its Job went while the hub was away, between 2\S+ and 2\S+: how/,
    );
  });

  it("records that a job is gone, even while the hub was away", async () => {
    const { cluster, archive, start, cronjobs } = await watched();
    cluster.applyObjects([errandCronJob("sweep"), errandCronJob("other")]);
    const { end } = await start();
    await cronjobs.delete("sweep");
    await expect.poll(() => archive.job("shop", "sweep")?.goneAt).toBeDefined();
    await end();
    await cronjobs.delete("other");
    await start();
    expect(archive.job("shop", "other")?.goneAt).toBeDefined();
  });

  it("loses neither jobs nor runs of a namespace that is not watched any more", async () => {
    let isSelected = true;
    const { cluster, archive, start, outcomes } = await watched({ isWatched: () => isSelected });
    cluster.applyObjects([errandCronJob(), ...runObjects("sweep-1", "running")]);
    const { end } = await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["running", false] });
    await end();
    isSelected = false;
    await (await start()).end();
    expect(outcomes()).toEqual({ "sweep-1": ["running", false] });
    expect(archive.job("shop", "sweep")?.goneAt).toBeUndefined();
    isSelected = true;
    cluster.applyObjects(runObjects("sweep-1", "succeeded"));
    await start();
    await expect.poll(outcomes).toEqual({ "sweep-1": ["succeeded", true] });
  });

  it("ignores CronJobs of others unless told to watch all", async () => {
    const { cluster, archive, start } = await watched();
    const run = runObjects("backup-1", "failed", { job: "backup", isErrands: false });
    cluster.applyObjects([errandCronJob(), plainCronJob(), ...run, ...runObjects("sweep-1", "succeeded")]);
    await (await start()).idle();
    expect(archive.jobs().map(({ job }) => job)).toEqual(["sweep"]);
  });
});

describe("a CronJob of others", () => {
  const foreign = { job: "backup", isErrands: false };

  it("has its runs kept with the data of their Jobs and containers, and their logs", async () => {
    const { cluster, archive, start, outcomes, linesOf } = await watched({ allCronJobs: true });
    cluster.applyObjects([plainCronJob(), ...runObjects("backup-1", "running", foreign)]);
    await start();
    await expect.poll(outcomes).toEqual({ "backup-1": ["running", false] });
    cluster.logs.append("pod-backup-1", "disk full");
    cluster.applyObjects(runObjects("backup-1", "failed", foreign));
    await expect.poll(outcomes).toEqual({ "backup-1": ["failed", true] });
    expect(linesOf("backup-1")).toEqual(["disk full"]);
    expect(archive.entry("job-backup-1")).toMatchObject({
      ...{ kind: "cronjob", job: "backup", namespace: "shop", durationMs: 9_000 },
      message: "its container ended with exit code 1",
    });
  });

  it("cannot pass for a job of errand by its output", async () => {
    const { cluster, archive, start, outcomes } = await watched({ allCronJobs: true });
    const [job, pod] = runObjects("backup-1", "failed", foreign);
    const statuses = [
      {
        name: "backup",
        image: "",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: {
          terminated: {
            exitCode: 1,
            startedAt: "2026-03-01T10:00:02Z",
            message: fullReport("backup-1", { forged: true }),
          },
        },
      },
    ];
    cluster.applyObjects([
      plainCronJob(),
      job as never,
      { ...pod, status: { phase: "Failed", containerStatuses: statuses } } as never,
    ]);
    cluster.logs.append("pod-backup-1", fullReport("backup-1", { forged: true }, "failed"));
    await start();
    await expect.poll(outcomes).toEqual({ "backup-1": ["failed", true] });
    expect(archive.detail("job-backup-1")?.record.report.result).toBeUndefined();
  });
});
