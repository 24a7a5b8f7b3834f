import { join } from "node:path";
import type { Command, Option } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../../deploy/cli.ts";
import { jobLabels } from "../../../deploy/manifests/manifest.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { errand } from "../../support/errand.ts";
import { project, writeFiles } from "../../support/project.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";

const ROOT = join(import.meta.dirname, "../../..");
const JOB = join(ROOT, "jobs/pod-cleanup.ts");

/** A wrong value of each flag that takes one, wherever it is; FOLDER is one that holds somebody else's file. */
const FLAG_VALUES: Readonly<Record<string, string>> = {
  "--namespace": "Not_A_Name",
  "--context": "nowhere",
  "--kubeconfig": "FOLDER/none",
  "--env": "tset",
  "--output": "xml",
  "--image": " ",
  "--bundled-image": "",
  "--param": "no-value",
  "--params": "FOLDER/none.json",
  "--timeout": "5",
  "--namespaces": "Team-B",
  "--namespace-selector": "",
  "--from": "nope",
  "--resend": "",
  "--template": "nope",
  "--ci": "jenkins",
  "--output-dir": "FOLDER",
  "--apply": "latest",
  "--to": "ffffff",
  "--folder": " ",
  "--node-version": "23",
  "--filename": "nope.ts",
  "--port": "99999",
  "--tail": "0",
  "--since": "5",
  "--attempt": "first",
  "--limit": "0",
  "--outcome": "splendid",
  "--trigger": "cron",
  "--by": " ",
  "--hide": "all",
  "--selector": " ",
  "--sort-by": "colour",
  "--deployers": "nobody",
  "--operators": "nobody",
  "--storage": "1Ki",
  "--retention": "5",
  "--hub-namespace": "Ops",
  "--seed": "FOLDER/none.yaml",
};

/** A wrong word for each argument, by its name. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  file: "nope.ts",
  job: "nope",
  run: "nope",
  name: "Bad_Name",
  resource: "podz",
  shell: "tcsh",
  action: "uninstall",
};

/** Words that are good, so that the flag is what is wrong. */
const GOOD: Readonly<Record<string, string>> = {
  file: JOB,
  job: "sweep",
  run: "sweep",
  resource: "pods",
  shell: "bash",
  action: "install",
};
/** What a flag means something with. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  "check --context": ["--cluster", "--no-types"],
  "check --kubeconfig": ["--cluster", "--no-types"],
  "check --namespace": ["--cluster", "--no-types"],
  "render --deployers": ["--admission-policy"],
  "run --seed": ["--embedded"],
  "render --operators": ["--admission-policy", "--deployers", "user:ada"],
};

const commands: readonly Command[] = createProgram().commands;
const flags = commands.flatMap((command) => command.options.map((option) => [command, option] as const));

const folder = project({ "taken/mine": "" });
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  cluster.applyObjects([cronJobFixture({}, { metadata: { labels: jobLabels("sweep") } })]);
  writeFiles(folder, { kubeconfig: cluster.kubeconfig("shop") });
});
afterAll(() => cluster.close());

function goodWords(command: Command): string[] {
  return command.registeredArguments.flatMap((argument) => GOOD[argument.name()] ?? []);
}

/** A flag that is there or not takes no value at all. */
function wrongFlag(option: Option): string[] {
  const flag = option.long ?? "";
  if (!option.required) return [`${flag}=maybe`];
  return [flag, (FLAG_VALUES[flag] ?? "").replace("FOLDER", join(folder, "taken"))];
}

async function expectRefusal(words: readonly string[], named: string): Promise<void> {
  const { code, stdout, stderr } = await errand(words, { cwd: ROOT, env: { KUBECONFIG: join(folder, "kubeconfig") } });
  expect({ code, stdout, stderr }).toEqual({
    code: expect.toBeOneOf([2, 64, 69]),
    stdout: "",
    stderr: expect.stringMatching(/^.*error:/),
  });
  expect(stderr.trim().split("\n").length, stderr).toBeLessThanOrEqual(2);
  expect(stderr).toContain(named);
  expect(stderr).not.toMatch(/does not know|cannot be reached/);
}

// What was written is looked at last.
describe("every command", { timeout: 60_000, shuffle: false }, () => {
  it("has an invalid value for each of its flags and arguments in this file", () => {
    const takingValues = flags.filter(([, option]) => option.required).map(([, option]) => option.long ?? "");
    expect([...new Set(takingValues)].toSorted()).toEqual(Object.keys(FLAG_VALUES).toSorted());
    const names = commands.flatMap((command) => command.registeredArguments.map((argument) => argument.name()));
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(ARGUMENTS).toSorted());
    expect(flags.length).toBeGreaterThan(100);
  });

  it.each(flags.map(([command, option]) => [command.name(), option.long ?? "", command, option] as const))(
    "%s answers within two lines, what is wrong, when the value of %s is",
    async (name, flag, command, option) => {
      const wrong = wrongFlag(option);
      const named = option.required ? (wrong[1] ?? "").trim() || flag : flag;
      await expectRefusal([name, ...goodWords(command), ...(TOGETHER[`${name} ${flag}`] ?? []), ...wrong], named);
    },
  );

  it.each(
    commands.flatMap((command) =>
      command.registeredArguments.map((argument) => [command.name(), argument.name()] as const),
    ),
  )("%s answers within two lines, what is wrong, when its %s is", async (name, argument) => {
    const word = ARGUMENTS[argument] ?? "";
    await expectRefusal([name, word], word);
  });

  it("has written nothing to the cluster in all of this", () => {
    const reading = ["get", "list", "watch"];
    const writes = cluster.audit.events.filter(
      ({ verb, resource, dryRun, code }) =>
        !reading.includes(verb) && !resource.endsWith("reviews") && !dryRun && code < 300,
    );
    expect(writes).toEqual([]);
  });
});
