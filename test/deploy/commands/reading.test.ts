import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import type { KubeObject } from "../../../runtime/kube/surface/objects.ts";
import { errand as errandIn } from "../../support/errand.ts";
import { project, writeFiles } from "../../support/project.ts";
import { contractData, TABLE } from "../source/contract-data.ts";

const folder = project();
const errand = (...words: readonly string[]) =>
  errandIn(words, { cwd: folder, env: { KUBECONFIG: join(folder, "kubeconfig") } });

let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  const { objects, logs } = contractData();
  cluster.applyObjects([...objects, ...full(objects)]);
  for (const [pod, lines] of logs) for (const line of lines) cluster.logs.append(pod, line);
  writeFiles(folder, { kubeconfig: cluster.kubeconfig("shop") });
});
afterAll(() => cluster.close());

/** A job of which Kubernetes keeps one run that completed, and has it. */
function full(objects: readonly KubeObject[]): KubeObject[] {
  const names = /^report(?:-dryly(?:-0-0)?)?$/;
  const own = objects.filter(({ metadata }) => metadata?.namespace === "shop" && names.test(metadata.name ?? ""));
  const text = JSON.stringify(own).replaceAll("report", "full").replaceAll("shop", "other");
  return JSON.parse(text.replace('"successfulJobsHistoryLimit":50', '"successfulJobsHistoryLimit":1')) as KubeObject[];
}

async function runsOf(...flags: readonly string[]): Promise<string[]> {
  const { code, stdout } = await errand("history", ...flags, "-o", "json");
  expect(code).toBe(0);
  return (JSON.parse(stdout) as readonly { run: string }[]).map(({ run }) => run);
}

describe("errand history", () => {
  it.each<[readonly string[], readonly string[]]>([
    [
      ["--outcome", "failed"],
      ["sweep-tie-a", "sweep-29539000"],
    ],
    [
      ["--outcome", "failed,denied"],
      ["report-29540000", "sweep-tie-a", "sweep-29539000"],
    ],
    [
      ["--outcome", "failed", "--outcome", "denied"],
      ["report-29540000", "sweep-tie-a", "sweep-29539000"],
    ],
    [["--outcome", "failed,denied", "--hide", "recovered"], ["report-29540000"]],
    [
      ["sweep", "-p", "max=3"],
      ["sweep-29540000", "sweep-dryly"],
    ],
    [["sweep", "-p", "max=3", "-p", 'where={"app":"web"}'], ["sweep-29540000"]],
    [["sweep", "-p", "max=3", "--hide", "dry"], ["sweep-29540000"]],
    [
      ["--by", "ann", "--trigger", "hand", "--hide", "dry"],
      ["sweep-tie-b", "sweep-tie-a"],
    ],
    [["report", "--since", "2026-03-02T11:00:00Z"], ["report-dryly"]],
    [["report", "--since", "2026-03-02T11:00"], ["report-dryly"]],
    [["report", "--since", "1s"], []],
    [["-A", "sweep", "--outcome", "limited"], ["sweep-elsewhere"]],
    [["report", "--limit", "1"], ["report-dryly"]],
    // A Job that only looks like a run is told, and as what it is.
    [["sweep", "--limit", "1"], ["sweep-forged"]],
  ])("%j lists %j", async (flags, expected) => {
    expect(await runsOf(...flags)).toEqual(expected);
  });

  it("says the time zone, a dry run, and what runs were given when that is asked for", async () => {
    const { stdout } = await errand("history", "sweep", "-p", "max=3");
    expect(stdout.split("\n")).toEqual([
      "RUN              OUTCOME     TRIGGER         STARTED (Europe/Berlin)   TOOK   ATTEMPTS   CHANGES                  PARAMS",
      'sweep-29540000   succeeded   schedule        2026-03-02 12:30          6s     1          delete 7 pods            max=3 where={"app":"web"}',
      "sweep-dryly      succeeded   manual by ann   2026-03-02 11:30          6s     1          dry run: delete 7 pods   max=3",
      "",
    ]);
  });

  it("says how many more match, and else what Kubernetes may no longer keep", async () => {
    expect((await errand("history", "sweep", "--limit", "2", "--by", "ann")).stderr).toBe("1 more run matches.\n");
    expect((await errand("history", "sweep", "--limit", "3", "--by", "ann")).stderr).toBe("");
    expect((await errand("history", "full", "-n", "other")).stderr).toBe(
      "Kubernetes keeps only the newest runs of full: 1 that completed and 50 that failed. Older ones may be gone.\n",
    );
    expect((await errand("history", "full", "-n", "other", "--outcome", "failed")).stderr).toMatch(/matches\.\n$/);
  });

  it("says when nothing matches, and ends well", async () => {
    const { code, stdout, stderr } = await errand("history", "sweep", "--by", "nobody");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: 'No run of job "sweep" in namespace "shop" matches.\n',
    });
  });

  it("writes CSV in columns of its own, and Markdown as the table", async () => {
    const csv = (await errand("history", "sweep", "--outcome", "timedOut", "-o", "csv")).stdout;
    expect(csv.split("\r\n")).toEqual([
      "namespace,job,run,outcome,reason,message,trigger,triggeredBy,retryOf,startedAt,finishedAt,durationMs,attempts,dryRun,changes,params,revision",
      "shop,sweep,sweep-tie-b,timedOut,Test,was timedOut,manual,ann,,2026-03-02T07:30:02.000Z,2026-03-02T07:30:08.000Z,6000,1,false,delete 7 pods,,0123456789",
      "",
    ]);
    const markdown = (await errand("history", "sweep", "--outcome", "timedOut", "-o", "markdown")).stdout;
    expect(markdown.split("\n")[2]).toBe(
      "| sweep-tie-b | timedOut | manual by ann | 2026-03-02 08:30 | 6s | 1 | delete 7 pods |",
    );
  });
});

describe("errand result", () => {
  it("shows a list of objects as a table, with what stands beside it", async () => {
    const { stdout } = await errand("result", "sweep-twice");
    expect(stdout).toContain(
      ["result     total 1,234, 2 rows", "NAME   RESTARTS   AGE", "=1+1   1,200      –", "a|b    –          2d"].join(
        "\n",
      ),
    );
  });

  it("writes it as CSV, Markdown or JSON", async () => {
    expect((await errand("result", "sweep-twice", "-o", "csv")).stdout).toBe(
      "name,restarts,age\r\n'=1+1,1200,\r\na|b,,2d\r\n",
    );
    expect((await errand("result", "sweep-twice", "-o", "markdown")).stdout).toContain("| a\\|b | – | 2d |");
    expect(JSON.parse((await errand("result", "sweep-twice", "-o", "json")).stdout)).toMatchObject({ result: TABLE });
  });

  it("is no CSV where there is no table, and nothing where there is no result", async () => {
    expect(await errand("result", "sweep-again", "-o", "csv")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/The result of run sweep-again is not a table.*\n.*-o json\n$/),
    });
    expect(await errand("result", "sweep-tie-b", "-o", "csv")).toEqual({
      code: 124,
      stdout: "",
      stderr: "Run sweep-tie-b has no result: timedOut\n",
    });
  });
});

describe("errand compare", () => {
  it("compares a run with the last good real one before it", async () => {
    const { code, stdout } = await errand("compare", "sweep-29540000");
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "RUN       sweep-again               sweep-29540000",
      "Outcome   Succeeded                 Succeeded",
      "Started   2026-03-02 09:30 UTC      2026-03-02 11:30 UTC",
      "Trigger   retry · ann@example.com   schedule",
      "",
      "They differ in 3 parameters.",
      "",
      "PARAMETER   BEFORE      AFTER",
      'tags        ["a","b"]   not there',
      "max         not there   3",
      'where       not there   {"app":"web"}',
      "",
    ]);
  });

  it("tells programs the same, and ends with 0 where nothing differs", async () => {
    const { code, stdout } = await errand("compare", "sweep-twice", "sweep-again", "-o", "json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      before: { run: "sweep-twice" },
      after: { run: "sweep-again" },
      isSame: false,
    });
    const same = await errand("compare", "sweep-tie-b", "sweep-tie-b");
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining("neither run left a result") });
  });
});
