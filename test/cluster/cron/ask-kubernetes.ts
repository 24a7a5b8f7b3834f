import { fileURLToPath } from "node:url";
import { run } from "../../support/command.ts";

const MODULE = fileURLToPath(new URL("../kubernetes/", import.meta.url));
// The zones that come with Go, on every machine alike.
const ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly" };

/** Asks for the runs of a schedule after a time. */
export interface Start {
  readonly schedule: string;
  readonly timeZone: string;
  /** RFC 3339. */
  readonly from: string;
  readonly count: number;
}

export interface Question {
  /** Which of these does the API server take as the schedule of a CronJob? */
  readonly schedules: readonly string[];
  /** And which of these as its time zone? */
  readonly timeZones: readonly string[];
  readonly starts: readonly Start[];
}

/** In the order of the question. */
export interface Answer {
  /** What is wrong with each; empty: nothing. */
  readonly schedules: readonly string[];
  readonly timeZones: readonly string[];
  /** RFC 3339. */
  readonly runs: readonly (readonly string[])[];
}

/** Asks Kubernetes' own code, in a Go program that is built from the modules of the suite's cluster. */
export async function askKubernetes(question: Question): Promise<Answer> {
  const { stdout: root } = await run(["go", "env", "GOROOT"]);
  const env = { ...ENVIRONMENT, ZONEINFO: `${root.trim()}/lib/time/zoneinfo.zip` };
  const ended = await run(["go", "run", "./cron"], { cwd: MODULE, env, input: JSON.stringify(question) });
  if (ended.code !== 0) throw new Error(`go run ./cron ended with ${ended.code}:\n${ended.stderr}`);
  return JSON.parse(ended.stdout) as Answer;
}
