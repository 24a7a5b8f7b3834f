import type { JobDefinition } from "../../runtime/job/definition.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import type { RunContext } from "../../runtime/run/lifecycle/job.ts";

/** What a job is given and what it did, seen from outside. */
export interface Ran {
  readonly result: unknown;
  /** Names of the objects that delete was called with. */
  readonly deleted: readonly string[];
  readonly lists: readonly ListCall[];
  readonly progress: readonly unknown[];
  readonly messages: readonly string[];
}

interface Recorder {
  readonly deleted: string[];
  readonly lists: ListCall[];
  readonly progress: unknown[];
  readonly messages: string[];
}

export interface ListCall {
  readonly resource: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Cluster {
  /** Plural → objects. */
  readonly objects: Readonly<Record<string, readonly KubeObject[]>>;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
  /** Name → what its deletion answers. Default: `deleted`. */
  readonly answers?: Readonly<Record<string, "deleted" | "gone" | "changed">>;
}

/** Runs a job's `run` on arrays in place of a cluster. Only field selectors on `status.phase` choose objects; the others are recorded. */
export async function runJob<Context extends RunContext>(job: JobDefinition<Context>, cluster: Cluster): Promise<Ran> {
  const recorder: Recorder = { deleted: [], lists: [], progress: [], messages: [] };
  const context = {
    kube: fakeKube(cluster, recorder),
    params: await parseParams(job, cluster.params ?? {}),
    log: fakeLog(recorder.messages),
    progress: (value: unknown) => recorder.progress.push(structuredClone(value)),
    signal: new AbortController().signal,
    dryRun: cluster.dryRun ?? false,
    run: { id: "local", attempt: 1, trigger: "local" },
  };
  const result = await job.run(context as unknown as Context);
  return { ...recorder, result: JSON.parse(JSON.stringify(result)) };
}

/** The params of a job as its schema gives them. @throws {Error} with the schema's messages */
export async function parseParams(job: JobDefinition, values: unknown): Promise<unknown> {
  const parsed = await job.params?.["~standard"].validate(values);
  if (parsed?.issues) throw new Error(parsed.issues.map((issue) => issue.message).join("\n"));
  return parsed?.value;
}

function fakeKube({ objects, answers = {} }: Cluster, recorder: Recorder): unknown {
  const resources = Object.entries(objects).map(([resource, all]) => [
    resource,
    {
      list: (options: Readonly<Record<string, unknown>> = {}) => {
        recorder.lists.push({ resource, options });
        return pages(all.filter((object) => isSelected(object, String(options.fieldSelector ?? ""))));
      },
      delete: async ({ metadata: { name } }: { metadata: { name: string } }) => {
        recorder.deleted.push(name);
        return answers[name] ?? "deleted";
      },
    },
  ]);
  return { namespace: "default", ...Object.fromEntries(resources) };
}

async function* pages<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function isSelected(object: KubeObject, fieldSelector: string): boolean {
  const { phase } = (object as { status?: { phase?: string } }).status ?? {};
  return fieldSelector
    .split(",")
    .every((term) => !term.startsWith("status.phase!=") || term !== `status.phase!=${phase}`);
}

function fakeLog(messages: string[]): Record<string, (message: string) => void> {
  const write = (message: string) => {
    messages.push(message);
  };
  return { debug: write, info: write, warn: write, error: write };
}
