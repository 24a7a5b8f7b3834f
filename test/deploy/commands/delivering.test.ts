import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import type { CommandResult } from "../../support/command.ts";
import { errand as errandIn, startErrand } from "../../support/errand.ts";
import { jobText, project, writeFiles } from "../../support/project.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";

const LABELS = { "app.kubernetes.io/name": "sweep", "app.kubernetes.io/managed-by": "errand" };
const SCHEMA = {
  type: "object",
  properties: {
    olderThan: { type: "string", description: "age, such as 2h", pattern: "^[0-9]+h$" },
    most: { type: "integer", minimum: 1 },
  },
  required: ["olderThan"],
  additionalProperties: false,
};

const job = (fields = "") => jobText(`access: {}, ${fields} run() {}`);

const folder = project({
  "empty/": "",
  "jobs/good.ts": job(),
  "jobs/daily.ts": job(`schedule: "@daily",`),
  "more/good.ts": job(),
  "Bad_Name.ts": job(),
  "schedule.ts": job(`schedule: "61 * * * *",`),
  "zone.ts": job(`schedule: "@daily", timeZone: "Mars/Olympus",`),
  "retries.ts": job("retries: -1,"),
  "timeout.ts": job(`timeout: "soon",`),
  "limits.ts": job("limits: { delete: -1 },"),
  "unknown.ts": job("retires: 3,"),
  "none.ts": "export const nothing = 1;\n",
  "broken.ts": "export default defineJob({\n",
  "throws.ts": `import { job } from "./lib/db";\n\nexport default job;\n`,
  "lib/db.ts": `interface Unused { a: 1 }\n\nexport const job = connect();\nfunction connect() {\n  throw new Error("no database");\n}\n`,
  "more/good.test.ts": `console.log("the tests ran");\nthrow new Error("the tests ran");\n`,
  "list.json": "[1]",
  "wrong.json": '{"most": "many"}',
  "low.yaml": "olderThan: 2h\nmost: 0\n",
  "unknown.json": '{"moost": 1}',
  "broken.yaml": "a: [",
});
const place = { cwd: folder, env: { KUBECONFIG: join(folder, "kubeconfig") } };
const errand = (...words: readonly string[]) => errandIn(words, place);

let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  const kubeconfig = cluster.kubeconfig("shop");
  writeFiles(folder, {
    kubeconfig,
    "without-ca": kubeconfig.replace(/"?certificate-authority-data"?: *"?[\w+/=]+"?,?/, ""),
  });
  const deployed = cronJobFixture(
    {},
    { metadata: { labels: LABELS, annotations: { "errand/params-schema": JSON.stringify(SCHEMA) } } },
  );
  cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }, deployed]);
});
afterAll(() => cluster.close());

type Case = readonly [args: readonly string[], code: number, message: RegExp];

const DEPLOY: readonly Case[] = [
  [["deploy"], 2, /missing required argument 'file'/],
  [["deploy", "nope.ts"], 2, /Job file nope\.ts does not exist/],
  [["deploy", "empty"], 2, /Folder empty has no job files/],
  [["deploy", "jobs/good.ts", "more/good.ts"], 2, /jobs\/good\.ts and more\/good\.ts would both be the job good/],
  [["deploy", "more/good.test.ts"], 2, /^error: more\/good\.test\.ts is a test, not a job\n.*such as more\/good\.ts/],
  [["deploy", "jobs", "schedule.ts"], 64, /schedule\.ts: schedule: "61 \* \* \* \*": "61" is not a valid minute/],
  [["deploy", "jobs/good.ts", "-n", "nowhere"], 2, /Namespace "nowhere" does not exist: nothing was applied/],
  [
    ["deploy", "jobs/good.ts", "-n", "a", "--namespaces", "b"],
    2,
    /'--namespaces <names>' cannot be used with option '-n/,
  ],
  [["deploy", "jobs/good.ts", "--namespaces", "A"], 2, /"A" is not a valid namespace name/],
  [["deploy", "jobs/good.ts", "--namespaces", ""], 2, /"" is not a valid namespace name/],
  [["deploy", "jobs/good.ts", "--namespace-selector", " "], 2, /--namespace-selector is empty/],
  [["deploy", "jobs/good.ts", "--namespace-selector", "no=one"], 2, /No namespace has the labels no=one/],
  [["deploy", "jobs/good.ts", "--image", ""], 2, /--image/],
  [["deploy", "jobs/good.ts", "--image", "two words"], 2, /--image.* 'two words' is invalid\. Expected an image name/],
  [["deploy", "jobs/good.ts", "--bundled-image", "r/{jb}:{revision}"], 2, /--bundled-image.* Expected an image name/],
  [["deploy", "jobs/good.ts", "--namespace-selector", "a=b=c"], 2, /--namespace-selector a=b=c: found '=', expected/],
  [["deploy", "jobs/good.ts", "--context", "there"], 69, /There is no context "there"/],
  [["deploy", "jobs/good.ts", "--kubeconfig", "none"], 69, /There is no kubeconfig file none/],
  [["deploy", "jobs/good.ts", "--kubeconfig", "without-ca"], 69, /not trusted: .*\n.*certificate-authority-data/],
  [["deploy", "jobs/good.ts", "--env", "production"], 2, /production/],
  [["deploy", "jobs/good.ts", "-o", "xml"], 2, /'xml' is invalid/],
  [["deploy", "jobs/good.ts", "--watch"], 2, /good has no schedule, so there is no first run to wait for/],
  [["deploy", "jobs", "--watch"], 2, /--watch waits for one job in one namespace/],
  [["deploy", "jobs/daily.ts", "--watch", "--dry-run"], 2, /'--watch' cannot be used with option '--dry-run'/],
  [["deploy", "jobs/daily.ts", "--timeout", "5m"], 2, /'--timeout' requires '--watch'/],
  [["deploy", "jobs/daily.ts", "--watch", "--timeout", "5"], 2, /"5" is not a duration/],
  [["deploy", "jobs/good.ts", "--force"], 2, /unknown option '--force'/],
];

const FIELDS: readonly Case[] = [
  [["deploy", "Bad_Name.ts"], 64, /"Bad_Name" is not a valid job name.*rename the file to bad-name\.ts/],
  [["deploy", "zone.ts"], 64, /timeZone: "Mars\/Olympus" is not a time zone/],
  [["deploy", "retries.ts"], 64, /retries/],
  [["deploy", "timeout.ts"], 64, /timeout/],
  [["deploy", "limits.ts"], 64, /limits/],
  [["deploy", "unknown.ts"], 64, /retires.*retries/],
  [["deploy", "none.ts"], 64, /none\.ts/],
  [["deploy", "broken.ts"], 64, /broken\.ts/],
];

const CHECK: readonly Case[] = [
  [["check"], 2, /missing required argument 'file'/],
  [["check", "schedule.ts"], 64, /"61" is not a valid minute/],
  [["check", "empty"], 2, /Folder empty has no job files/],
  [["check", "jobs/good.ts", "-n", "shop"], 2, /'--namespace' requires '--cluster'/],
  [["check", "jobs/good.ts", "--context", "there"], 2, /'--context' requires '--cluster'/],
  [["check", "jobs/good.ts", "--cluster", "--context", "there"], 69, /There is no context "there"/],
  [["check", "jobs/good.ts", "--types"], 2, /unknown option '--types'/],
];

const TRIGGER: readonly Case[] = [
  [["trigger"], 2, /Namespace "shop" has no jobs\n.*errand ps -A/],
  [["trigger", "nope"], 2, /Namespace "shop" has no job "nope"/],
  [["trigger", "nope", "-n", "nowhere"], 2, /Namespace "nowhere" does not exist\n.*kubectl create namespace nowhere/],
  [["trigger", "sweep"], 64, /invalid parameter: olderThan \(age, such as 2h\) is required/],
  [["trigger", "sweep", "-p", "olderThan"], 2, /expected key=value/],
  [
    ["trigger", "sweep", "-p", "oldrThan=2h"],
    64,
    /--param oldrThan: the job has no such parameter; did you mean "olderThan"/,
  ],
  [["trigger", "sweep", "-p", "olderThan=2h", "-p", "most=many"], 64, /--param most: expected integer, got "many"/],
  [["trigger", "sweep", "-p", "olderThan=2h", "-p", "olderThan=3h"], 64, /is given 2 times but takes one value/],
  [["trigger", "sweep", "--params", "none.json"], 2, /cannot read the file \(ENOENT\)/],
  [["trigger", "sweep", "--params", ""], 2, /--params/],
  [["trigger", "sweep", "--params", "list.json"], 64, /expected names and values, got a list/],
  [["trigger", "sweep", "--params", "broken.yaml"], 64, /not valid JSON or YAML/],
  [["trigger", "sweep", "--params", "wrong.json"], 64, /--params: most: expected integer, got "many"/],
  [["trigger", "sweep", "--params", "unknown.json"], 64, /--params: moost: the job has no such parameter/],
  [["trigger", "sweep", "--params", "low.yaml"], 64, /params\.most: Too small: expected number to be >=1/],
  [
    ["trigger", "sweep", "-p", "olderThan=2h", "-p", "most=0"],
    64,
    /params\.most: Too small: expected number to be >=1/,
  ],
  [
    ["trigger", "sweep", "-p", "olderThan=2d"],
    64,
    /params\.olderThan: .*\n.*Set olderThan to another.*: age, such as 2h/,
  ],
  [["trigger", "sweep", "--params", "-"], 64, /got nothing/],
  [["trigger", "sweep", "--timeout", "5m"], 2, /'--timeout' requires '--wait'/],
  [["trigger", "sweep", "--plan", "--apply", "0123456789"], 2, /'--plan' cannot be used with option '--apply/],
  [["trigger", "sweep", "--apply", "latest"], 2, /a plan's hash has 10 hexadecimal digits/],
  [["trigger", "sweep", "--apply", "0123456789"], 2, /Job "sweep" has no plan 0123456789/],
  [["trigger", "sweep", "--apply", "0123456789", "-p", "most=1"], 2, /'--apply <hash>' cannot be used with option '-p/],
  [
    ["trigger", "sweep", "--apply", "0123456789", "--dry-run"],
    2,
    /'--apply <hash>' cannot be used with option '--dry-run'/,
  ],
];

const RUN: readonly Case[] = [
  [["run"], 2, /missing required argument 'file'/],
  [["run", "nope.ts"], 2, /Job file nope\.ts does not exist/],
  [["run", "jobs/good.ts", "-p", "a=1"], 64, /this job takes no parameters/],
  [["run", "jobs/good.ts", "--params", "none.json"], 2, /cannot read the file/],
  [["run", "jobs/good.ts", "--embedded", "--context", "there"], 2, /--context/],
  [["run", "jobs/good.ts", "--context", "there"], 69, /There is no context "there"/],
];

const RENDER: readonly Case[] = [
  [["render"], 2, /missing required argument 'file'/],
  [["render", "--admission-policy"], 2, /needs --deployers/],
  [["render", "--admission-policy", "--deployers", "alice"], 2, /--deployers: "alice" is not a valid name/],
  [["render", "jobs", "--operators", "user:alice"], 2, /'--operators' requires '--admission-policy'/],
  [
    ["render", "--admission-policy", "--deployers", "user:a", "--output-dir", "x"],
    2,
    /'--admission-policy' cannot be used with option '--output-dir/,
  ],
  [["render", "nope.ts"], 2, /Job file nope\.ts does not exist/],
  [["render", "jobs/good.ts", "-o", "table"], 2, /'table' is invalid/],
  [["render", "empty"], 2, /Folder empty has no job files/],
  [["render", "jobs", "--helm", "--output-dir", "charts"], 2, /--helm writes the chart of one job, but you gave 2/],
  [["render", "jobs", "schedule.ts"], 64, /"61" is not a valid minute/],
  [["render", "jobs", "--bundled-image", "r/one:1"], 2, /r\/one:1 names one image, but each job needs its own/],
  [["diff", "jobs/good.ts", "more/good.ts"], 2, /would both be the job good/],
  [["diff", "nope.ts"], 2, /Job file nope\.ts does not exist/],
  [["diff", "jobs/good.ts", "-n", "nowhere"], 2, /Namespace "nowhere" does not exist/],
];

function expectShortAnswer(ended: CommandResult, code: number, message: RegExp): void {
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr.trim().split("\n").length, ended.stderr).toBeLessThanOrEqual(2);
  expect(ended.stderr).not.toMatch(/ {4}at /);
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
}

describe("the commands that deliver a job", { shuffle: false }, () => {
  it.each([...DEPLOY, ...FIELDS, ...CHECK, ...TRIGGER, ...RUN, ...RENDER])(
    "answer within two lines, and apply nothing, when the words are %j",
    async (words, code, message) => {
      expectShortAnswer(await errand(...words), code, message);
    },
  );

  it("answer in two lines when the job file threw, which only the process that loads it knows", async () => {
    const message = /^error: throws\.ts threw while loading, at lib\/db\.ts:5: no database\n/;
    expectShortAnswer(await startErrand(["deploy", "throws.ts"], place).ended, 64, message);
  });

  it("render one stream, or one folder of files, for a folder of jobs", async () => {
    const stream = await errand("render", "jobs", "-n", "shop");
    const names = parseAllDocuments(stream.stdout).map((each) => each.getIn(["metadata", "name"]));
    expect(new Set(names)).toEqual(
      new Set(["daily", "good", expect.stringMatching(/^errand-daily-/), expect.stringMatching(/^errand-good-/)]),
    );
    expect(names).toHaveLength(6);
    const list = JSON.parse((await errand("render", "jobs", "-n", "shop", "-o", "json")).stdout);
    expect(list.items).toHaveLength(6);
    expect((await errand("render", "jobs", "-n", "shop", "--output-dir", "rendered")).code).toBe(0);
    expect(parseAllDocuments(readFileSync(join(folder, "rendered/cronjob.yaml"), "utf8"))).toHaveLength(2);
  });

  it("say for each job of a folder what deploying it would change", async () => {
    const found = await errand("diff", "jobs", "-n", "shop");
    expect(found).toMatchObject({ code: 1, stderr: "" });
    expect(found.stdout).toMatch(/^# daily\n.*CronJob shop\/daily: created.*\n# good\n.*CronJob shop\/good: created/s);
    const json = JSON.parse((await errand("diff", "jobs", "-n", "shop", "-o", "json")).stdout);
    expect(json.map(({ job }: { job: string }) => job)).toEqual(["daily", "good"]);
  });

  it("have written nothing to the cluster in all of this", () => {
    const reading = ["get", "list", "watch"];
    const writes = cluster.audit.events.filter(
      ({ verb, resource, dryRun, code }) =>
        !reading.includes(verb) && !resource.endsWith("reviews") && !dryRun && code < 300,
    );
    expect(writes).toEqual([]);
  });
});
