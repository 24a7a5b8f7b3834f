import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { accepts } from "hono/accepts";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE } from "hono/streaming";
import { contentSecurityPolicy } from "../../runtime/page/frame.tsx";
import { csvOf, gridOf, markdownOf } from "../../runtime/page/grid.ts";
import { explainError } from "../cluster/explain-error.ts";
import type { JobActions } from "../source/actions.ts";
import type { IncidentSource } from "../source/incidents.ts";
import { endOfLog, lastGoodBefore } from "../source/lookup.ts";
import type { RunDetail, RunSource } from "../source/run-source.ts";
import { addActions } from "./action-routes.tsx";
import { ComparePage } from "./compare-page.tsx";
import { IncidentDetailPage } from "./incident-page.tsx";
import { INCIDENTS_PER_PAGE, IncidentsPage } from "./incidents-page.tsx";
import { JobPage } from "./job-page.tsx";
import { JobsPage } from "./jobs-page.tsx";
import { type Frame, Layout, Message } from "./layout.tsx";
import { jobFilterIn, runFilterIn } from "./query.ts";
import { RunPage } from "./run-page.tsx";
import { RunsPage } from "./runs.tsx";
import { STYLE } from "./style.ts";

/** What can be replaced in a test. */
export interface DashboardOptions {
  readonly now?: () => Date;
  /** What pages may do; absent where they only read. */
  readonly actions?: JobActions;
}

/** What the routes share. */
interface Parts {
  readonly source: RunSource;
  readonly actions: JobActions | undefined;
  readonly now: () => Date;
  readonly frameOf: (c: Context) => Frame;
}

/**
 * The pages: each is a URL, complete without script, and the same as JSON with `?format=json` or `Accept: application/json`.
 *
 * @param source where jobs and runs are read; nothing here knows what is behind it
 */
export function dashboard(source: RunSource, { now = () => new Date(), actions }: DashboardOptions = {}): Hono {
  const app = new Hono();
  const policy = contentSecurityPolicy(STYLE);
  const csrf = randomBytes(24).toString("base64url");
  const forms = actions === undefined ? {} : { csrf };
  const parts: Parts = {
    source,
    now,
    actions,
    frameOf: (c) => {
      const openIncidents = source.incidents?.openCount();
      const incidents = openIncidents === undefined ? {} : { openIncidents };
      return { place: source.place, now: now(), url: new URL(c.req.url), ...incidents, ...forms };
    },
  };
  app.use(secureHeaders({ strictTransportSecurity: false, xFrameOptions: "DENY", referrerPolicy: "same-origin" }));
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", policy);
    c.header("cache-control", "no-store");
  });
  app.get("/", (c) => c.redirect("/jobs"));
  addPages(app, parts);
  if (source.incidents !== undefined) addIncidents(app, source.incidents, parts);
  addParts(app, parts);
  if (actions !== undefined) {
    const missing = (c: Context, what: string, name: string) => notFound(c, parts, what, name);
    addActions(app, { source, actions, csrf, frameOf: parts.frameOf, notFound: missing });
  }
  app.notFound((c) => notFound(c, parts, "page", c.req.path));
  app.onError((error, c) => {
    const { message, hint = "" } = explainError(error);
    const page = (
      <Layout title="Could not read" tab={undefined} frame={parts.frameOf(c)} zoneNote="">
        <Message heading="The cluster could not be read" text={`${message.replace(/[.!?]?$/, ".")} ${hint}`} />
      </Layout>
    );
    return c.html(`<!doctype html>${String(page)}`, 502);
  });
  return app;
}

function addPages(app: Hono, parts: Parts): void {
  const { source, actions, now } = parts;
  app.get("/jobs", async (c) => {
    const page = await source.jobs(jobFilterIn(new URL(c.req.url).searchParams));
    return answer(c, page, () => <JobsPage page={page} frame={parts.frameOf(c)} />);
  });
  app.get("/jobs/:namespace/:job", async (c) => {
    const ref = c.req.param();
    const filter = runFilterIn(new URL(c.req.url).searchParams, ref, now());
    const missing = actions?.missing(ref.namespace);
    const [job, page, lacks] = await Promise.all([source.job(ref), source.runs(filter), missing]);
    if (job === undefined) return notFound(c, parts, "job", `${ref.job} in namespace ${ref.namespace}`);
    return answer(c, { job, runs: page }, () => (
      <JobPage job={job} page={page} lacks={lacks} frame={parts.frameOf(c)} />
    ));
  });
  app.get("/runs", async (c) => {
    const page = await source.runs(runFilterIn(new URL(c.req.url).searchParams, undefined, now()));
    return answer(c, page, () => <RunsPage page={page} frame={parts.frameOf(c)} />);
  });
  app.get("/runs/:namespace/:run", async (c) => {
    const ref = c.req.param();
    const missing = actions?.missing(ref.namespace);
    const [run, log, lacks] = await Promise.all([source.run(ref), endOfLog(source, ref), missing]);
    if (run === undefined || log === undefined)
      return notFound(c, parts, "run", `${ref.run} in namespace ${ref.namespace}`);
    return answer(c, run, () => <RunPage run={run} log={log} lacks={lacks} frame={parts.frameOf(c)} />);
  });
  app.get("/compare", async (c) => {
    const query = new URL(c.req.url).searchParams;
    const b = await runAt(source, query.get("b"));
    if (b === undefined) return notFound(c, parts, "run", query.get("b") ?? "b");
    const a = query.has("a") ? await runAt(source, query.get("a")) : await lastGoodBefore(source, b);
    if (a === undefined) return notFound(c, parts, "run", query.get("a") ?? `A good run before ${b.entry.run}`);
    return answer(c, { a, b }, () => <ComparePage a={a} b={b} frame={parts.frameOf(c)} />);
  });
}

/** Where somebody looks out for what is wrong. */
function addIncidents(app: Hono, source: IncidentSource, parts: Parts): void {
  app.get("/incidents", (c) => {
    const after = c.req.query("after");
    const page = source.incidents({ limit: INCIDENTS_PER_PAGE, ...(after ? { after } : {}) });
    return answer(c, page, () => <IncidentsPage page={page} frame={parts.frameOf(c)} />);
  });
  app.get("/incidents/:id", (c) => {
    const { id } = c.req.param();
    const incident = source.incident(id);
    if (incident === undefined) return notFound(c, parts, "incident", id);
    return answer(c, incident, () => <IncidentDetailPage incident={incident} frame={parts.frameOf(c)} />);
  });
}

/** What belongs to pages and is none: files of a run, and the stream of changes. */
function addParts(app: Hono, { source }: Parts): void {
  app.get("/runs/:namespace/:run/log.txt", async (c) => {
    const ref = c.req.param();
    const log = (await endOfLog(source, ref)) ?? { kept: false, why: `There is no run ${ref.run}.` };
    return log.kept ? c.text(log.lines.map((line) => `${line}\n`).join("")) : c.text(`${log.why}\n`, 404);
  });
  app.get("/runs/:namespace/:run/:file{result\\.(?:json|csv|md)}", async (c) => {
    const { file, ...ref } = c.req.param();
    const result = (await source.run(ref))?.record.report.result;
    const grid = gridOf(result);
    if (result === undefined || (grid === undefined && file !== "result.json")) {
      return c.text(`Run ${ref.run} in namespace ${ref.namespace} has no such result.\n`, 404);
    }
    if (file === "result.json" || grid === undefined) return c.json(result as object);
    if (file === "result.md") return c.text(markdownOf(grid));
    c.header("content-type", "text/csv; charset=utf-8");
    return c.body(csvOf(grid));
  });
  app.get("/events", (c) =>
    streamSSE(c, async (stream) => {
      const ended = new AbortController();
      stream.onAbort(() => ended.abort());
      for await (const _change of source.changes(ended.signal)) await stream.writeSSE({ data: "changed" });
    }),
  );
}

/** One URL: HTML to a browser, JSON to who asks for it. */
function answer(c: Context, value: object, page: () => unknown) {
  const isJson = accepts(c, { header: "Accept", supports: ["text/html", "application/json"], default: "text/html" });
  if (c.req.query("format") === "json" || isJson === "application/json") return c.json(value);
  return c.html(`<!doctype html>${String(page())}`);
}

/** The run at `NAMESPACE/RUN`. */
async function runAt(source: RunSource, text: string | null): Promise<RunDetail | undefined> {
  const [, namespace, run] = /^([^/]+)\/([^/]+)$/.exec(text ?? "") ?? [];
  return namespace === undefined || run === undefined ? undefined : await source.run({ namespace, run });
}

function notFound(c: Context, { frameOf }: Parts, what: string, name: string) {
  const more = what === "run" ? " Kubernetes keeps only the newest runs of a job." : "";
  const page = (
    <Layout title="Not found" tab={undefined} frame={frameOf(c)} zoneNote="">
      <Message heading={`There is no such ${what}`} text={`${name} is not there.${more}`} />
      <p>
        <a href="/jobs">All jobs</a>
      </p>
    </Layout>
  );
  return c.html(`<!doctype html>${String(page)}`, 404);
}
