/** What a program is asked to do; also the first argument of every peer. */
export type Operation = "first" | "list" | "metadata" | "watch" | "delete" | "bundle" | "command";

/** The programs that are compared. */
export const SUBJECTS = [
  "errand",
  "errand-zod",
  "errand-before",
  "bare-node",
  "drain",
  "client-node",
  "client-node-bundled",
  "client-go",
  "client-go-raised",
  "kubectl",
  "python",
  "deno",
  "bun",
] as const;

export type SubjectName = (typeof SUBJECTS)[number];

/** One line of the comparison: the same thing done by each of its subjects. */
export interface Work {
  readonly name: string;
  readonly operation: Operation;
  /** Words of errand's command line, in a project with twenty jobs and before an empty embedded API server. */
  readonly command?: readonly string[];
  /** Never-scheduled pods that must be there. Absent: the work needs no cluster. */
  readonly pods?: { readonly namespace: string; readonly count: number };
  /** Whether a run uses the pods up, so that they are made again for the next. */
  readonly usesUp?: boolean;
  readonly runs: number;
  /** The others are shown as multiples of it. */
  readonly baseline: SubjectName;
  readonly subjects: readonly SubjectName[];
}

const PODS_20K = { namespace: "errand-bench-20k", count: 20_000 };

/** A command of errand; --before compares another errand. */
function commandWork(name: string, command: readonly string[], runs: number): Work {
  return { name, operation: "command", command, runs, baseline: "errand", subjects: ["errand"] };
}

export const WORKS: readonly Work[] = [
  {
    name: "cold-start",
    operation: "first",
    pods: { namespace: "errand-bench-few", count: 10 },
    runs: 25,
    baseline: "bare-node",
    subjects: [
      "bare-node",
      "errand",
      "errand-zod",
      "client-node",
      "client-node-bundled",
      "client-go",
      "kubectl",
      "python",
      "deno",
      "bun",
    ],
  },
  {
    name: "list-20k",
    operation: "list",
    pods: PODS_20K,
    runs: 7,
    baseline: "drain",
    subjects: ["drain", "errand", "client-node", "client-go", "client-go-raised", "kubectl", "python", "deno", "bun"],
  },
  {
    name: "list-100k",
    operation: "list",
    pods: { namespace: "errand-bench-100k", count: 100_000 },
    runs: 3,
    baseline: "drain",
    subjects: ["drain", "errand", "client-node", "client-go-raised"],
  },
  {
    name: "metadata-20k",
    operation: "metadata",
    pods: PODS_20K,
    runs: 7,
    baseline: "drain",
    subjects: ["drain", "errand", "client-go", "client-go-raised", "deno", "bun"],
  },
  {
    name: "watch-20k",
    operation: "watch",
    pods: PODS_20K,
    runs: 5,
    baseline: "drain",
    subjects: ["drain", "errand", "client-node", "client-go", "python", "deno", "bun"],
  },
  {
    name: "delete-5k",
    operation: "delete",
    pods: { namespace: "errand-bench-delete", count: 5_000 },
    usesUp: true,
    runs: 3,
    baseline: "errand",
    subjects: ["errand", "client-node", "client-go-raised", "kubectl", "client-go"],
  },
  {
    name: "bundle",
    operation: "bundle",
    runs: 3,
    baseline: "errand",
    subjects: ["errand", "errand-zod", "client-node"],
  },
  commandWork("version", ["--version"], 15),
  commandWork("help", ["--help"], 15),
  commandWork("check", ["check", "--no-types", "jobs/job-01.ts"], 9),
  commandWork("deploy-1", ["deploy", "jobs/job-01.ts"], 9),
  commandWork("deploy-20", ["deploy", "jobs"], 5),
];
