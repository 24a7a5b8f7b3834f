import type { Context, Hono } from "hono";
import { isRecord } from "../../runtime/job/problem.ts";
import { explainError } from "../cluster/explain-error.ts";
import type { GivenParams, JobActions } from "../source/actions.ts";
import type { JobRef, RunSource } from "../source/run-source.ts";
import { paramText } from "../source/select.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { Frame } from "./layout.tsx";
import type { Given } from "./params-form.tsx";
import { jobPath, runPath } from "./query.ts";
import { ConfirmPage, TriggerPage } from "./trigger-page.tsx";

/** What the routes of actions are given. */
export interface ActionParts {
  readonly source: RunSource;
  readonly actions: JobActions;
  /** Stands in every form: a page of another site cannot know it. */
  readonly csrf: string;
  readonly frameOf: (c: Context) => Frame;
  readonly notFound: (c: Context, what: string, name: string) => Response | Promise<Response>;
}

const ENTRIES_MAX = 1_000;

/** The pages that act, as the identity that connected. Every act is a POST with a token that only our own pages hold. */
export function addActions(app: Hono, parts: ActionParts): void {
  app.post("*", async (c, next) => {
    const { csrf } = await c.req.parseBody();
    if (csrf !== parts.csrf) return c.text("This form is not of this page: go back and load it again.\n", 403);
    await next();
  });
  addTrigger(app, parts);
  addSwitches(app, parts);
}

function addTrigger(app: Hono, parts: ActionParts): void {
  const { source, actions } = parts;
  const show = async (c: Context, ref: JobRef, given: Given, status: 200 | 422) => {
    const job = await source.job(ref);
    if (job === undefined) return await parts.notFound(c, "job", `${ref.job} in namespace ${ref.namespace}`);
    const run = c.req.query("plan");
    const plan = run === undefined ? undefined : { run, state: await actions.planState({ ...ref, run }) };
    const page = <TriggerPage job={job} given={given} plan={plan} frame={parts.frameOf(c)} />;
    return c.html(`<!doctype html>${String(page)}`, status);
  };
  app.get("/jobs/:namespace/:job/trigger", async (c) => {
    const ref = c.req.param();
    return await show(c, ref, await givenIn(c, source, ref), 200);
  });
  app.post("/jobs/:namespace/:job/trigger", async (c) => {
    const ref = c.req.param();
    const form = await c.req.formData();
    const given = givenOf(form);
    try {
      const { run } = await actions.plan(ref, paramsOf(form));
      const query = new URLSearchParams({ plan: run });
      for (const [name, values] of given.values) for (const value of values) query.append(`p.${name}`, value);
      if (given.raw !== undefined) query.set("raw", given.raw);
      return c.redirect(`${jobPath(ref)}/trigger?${query}`, 303);
    } catch (error) {
      return await show(c, ref, { ...given, problem: problemOf(error) }, 422);
    }
  });
  app.post("/jobs/:namespace/:job/apply", async (c) => {
    const ref = c.req.param();
    const { run } = await c.req.parseBody();
    const planning = { namespace: ref.namespace, run: String(run) };
    try {
      return c.redirect(runPath(await actions.apply(ref, planning)), 303);
    } catch (error) {
      return await show(c, ref, { values: new Map(), problem: problemOf(error) }, 422);
    }
  });
}

/** What is one step with a question before it. */
function addSwitches(app: Hono, { actions, frameOf }: ActionParts): void {
  const ask = (path: string, words: (ref: Record<string, string>) => Words, act: (ref: never) => Promise<void>) => {
    const page = (c: Context, problem?: Given["problem"]) => (
      <ConfirmPage {...words(c.req.param())} {...(problem === undefined ? {} : { problem })} frame={frameOf(c)} />
    );
    app.get(path, (c) => c.html(`<!doctype html>${String(page(c))}`));
    app.post(path, async (c) => {
      try {
        await act(c.req.param() as never);
        return c.redirect(words(c.req.param()).back, 303);
      } catch (error) {
        return c.html(`<!doctype html>${String(page(c, problemOf(error)))}`, 422);
      }
    });
  };
  const jobOf = ({ namespace = "", job = "" }) => ({ namespace, job });
  const runOf = ({ namespace = "", run = "" }) => ({ namespace, run });
  ask(
    "/jobs/:namespace/:job/pause",
    (ref) => ({
      heading: `Pause ${ref.job}?`,
      text: "Its schedule triggers no runs until you resume it. Active runs go on, and a deploy leaves the job paused.",
      deed: "Pause",
      back: jobPath(jobOf(ref)),
    }),
    actions.pause,
  );
  ask(
    "/jobs/:namespace/:job/resume",
    (ref) => ({
      heading: `Resume ${ref.job}?`,
      text: "Its schedule triggers runs again. Runs that were due meanwhile are not made up for.",
      deed: "Resume",
      back: jobPath(jobOf(ref)),
    }),
    actions.resume,
  );
  ask(
    "/runs/:namespace/:run/cancel",
    (ref) => ({
      heading: `Cancel ${ref.run}?`,
      text: "It is told to stop and has 30 s for it. What it has changed by then stays changed.",
      deed: "Cancel the run",
      back: runPath(runOf(ref)),
    }),
    actions.cancel,
  );
}

interface Words {
  readonly heading: string;
  readonly text: string;
  readonly deed: string;
  readonly back: string;
}

/** What an address fills in: `p.NAME=value`, or all that an earlier run was given, with `from=RUN`. */
async function givenIn(c: Context, source: RunSource, { namespace }: JobRef): Promise<Given> {
  const query = new URL(c.req.url).searchParams;
  const values = valuesIn(query);
  const from = query.get("from");
  const earlier = from === null ? undefined : await source.run({ namespace, run: from });
  const params = isRecord(earlier?.record.report.params) ? earlier.record.report.params : {};
  for (const [name, value] of Object.entries(params)) {
    if (!values.has(name)) values.set(name, (Array.isArray(value) ? value : [value]).map(paramText));
  }
  const raw = query.get("raw");
  return { values, ...(raw === null ? {} : { raw: raw === "" ? JSON.stringify(params, null, 2) : raw }) };
}

function givenOf(form: FormData): Given {
  const raw = form.get("raw");
  return { values: valuesIn(form), ...(typeof raw === "string" ? { raw } : {}) };
}

function valuesIn(fields: Iterable<[string, unknown]>): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [key, value] of [...fields].slice(0, ENTRIES_MAX)) {
    if (!key.startsWith("p.") || typeof value !== "string" || value === "") continue;
    values.set(key.slice(2), [...(values.get(key.slice(2)) ?? []), value]);
  }
  return values;
}

/** As `errand trigger` takes them: pairs, in which a list is the same name again, and an empty one `NAME=[]`. */
function paramsOf(form: FormData): GivenParams {
  const raw = form.get("raw");
  if (typeof raw === "string") return { pairs: [], all: recordIn(raw) };
  const values = valuesIn(form);
  const lists = [...form.keys()].filter((key) => key.startsWith("list.")).map((key) => key.slice(5));
  return {
    pairs: [
      ...[...values].flatMap(([name, each]) => each.map((value) => `${name}=${value}`)),
      ...lists.filter((name) => !values.has(name)).map((name) => `${name}=[]`),
    ],
  };
}

function recordIn(raw: string): NonNullable<GivenParams["all"]> {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    throw new CommandError(`The parameters are not JSON: ${(error as Error).message}`);
  }
  if (!isRecord(value) || Array.isArray(value)) throw new CommandError("The parameters must be a JSON object.");
  return value as NonNullable<GivenParams["all"]>;
}

/** What a command would print: what happened, and what to do. */
function problemOf(error: unknown): NonNullable<Given["problem"]> {
  const { message, hint } = explainError(error);
  // On the command line a parameter is a flag; here it is a field.
  return { message: message.replace(/^--params?:? /, ""), hint };
}
