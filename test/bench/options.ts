import { parseArgs } from "node:util";
import { SUBJECTS, WORKS, type Work } from "./works.ts";

export const USAGE = `npm run bench -- [options]
  --work NAME        only this work; may be given again. Default: all of
                     ${WORKS.map(({ name }) => name).join(", ")}
  --subject NAME     only this subject and the one it is compared with; may be given again
  --runs N           of each subject, instead of each work's own number
  --before FOLDER    also measure the commands of another errand that is built, such as a release, as errand-before
  --json FILE        also write the figures as JSON
  --kubeconfig FILE  measure on this cluster, not on one that is started for it
  --network FILE     run the subjects in this network namespace, such as /run/netns/NAME
Needs what the real cluster needs (test/README.md). All of it takes about an hour, most of which are 100,000 pods and
client-go's five requests a second; the works that say most about a start take three minutes: --work cold-start --work bundle
The commands (${WORKS.flatMap(({ name, command }) => (command === undefined ? [] : [name])).join(", ")}) need no cluster, only Go.
`;

export interface Options {
  readonly works: readonly Work[];
  readonly runs: number | undefined;
  readonly before: string | undefined;
  readonly json: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly network: string | undefined;
}

/** Reads the command line. @throws {Error} with the usage for what it does not know */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      work: { type: "string", multiple: true },
      subject: { type: "string", multiple: true },
      runs: { type: "string" },
      before: { type: "string" },
      json: { type: "string" },
      kubeconfig: { type: "string" },
      network: { type: "string" },
    },
  });
  const works = chosen(
    "work",
    WORKS.map(({ name }) => name),
    values.work,
  );
  const subjects = chosen("subject", SUBJECTS, values.subject);
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) throw new Error(`--runs: expected a whole number`);
  return {
    works: WORKS.filter(({ name }) => works.includes(name))
      .map((work) => narrowed(work, subjects))
      .map((work) => (values.before === undefined ? work : besideBefore(work))),
    runs,
    before: values.before,
    json: values.json,
    kubeconfig: values.kubeconfig,
    network: values.network,
  };
}

function chosen(what: string, known: readonly string[], wanted: readonly string[] | undefined): readonly string[] {
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no ${what} "${unknown}"; there are: ${known.join(", ")}`);
  return wanted ?? known;
}

function narrowed(work: Work, subjects: readonly string[]): Work {
  return { ...work, subjects: work.subjects.filter((name) => name === work.baseline || subjects.includes(name)) };
}

function besideBefore(work: Work): Work {
  return work.command === undefined ? work : { ...work, subjects: [...work.subjects, "errand-before"] };
}
