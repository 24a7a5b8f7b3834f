import type { Context } from "hono";
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE } from "hono/streaming";
import type { RunSource } from "../source/run-source.ts";
import { JobPage } from "./job-page.tsx";
import { JobsPage } from "./jobs-page.tsx";
import { CONTENT_SECURITY_POLICY, type Frame, Layout, Message } from "./layout.tsx";
import { jobFilterIn, runFilterIn } from "./query.ts";
import { RunPage } from "./run-page.tsx";
import { RunsPage } from "./runs.tsx";
import { csvOf, gridOf, markdownOf } from "./values.tsx";

/** What can be replaced in a test. */
export interface DashboardOptions {
  readonly now?: () => Date;
}

/**
 * The pages: each is a URL, complete without script, and the same as JSON with `?format=json` or `Accept: application/json`.
 *
 * @param source where jobs and runs are read; nothing here knows what is behind it
 */
export function dashboard(source: RunSource, { now = () => new Date() }: DashboardOptions = {}): Hono {
  const app = new Hono();
  app.use(secureHeaders({ strictTransportSecurity: false, xFrameOptions: "DENY", referrerPolicy: "same-origin" }));
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", CONTENT_SECURITY_POLICY);
    c.header("cache-control", "no-store");
  });
  const frameOf = (c: Context): Frame => ({ place: source.place, now: now(), url: new URL(c.req.url) });
  /** One URL: HTML to a browser, JSON to who asks for it. */
  const answer = (c: Context, value: unknown, page: (frame: Frame) => unknown) => {
    const wantsJson =
      c.req.query("format") === "json" ||
      accepts(c, {
        header: "Accept",
        supports: ["text/html", "application/json"],
        default: "text/html",
      }) === "application/json";
    return wantsJson ? c.json(value as object) : c.html(`<!doctype html>${String(page(frameOf(c)))}`);
  };

  app.get("/", (c) => c.redirect("/jobs"));
  app.get("/jobs", async (c) => {
    const page = await source.jobs(jobFilterIn(new URL(c.req.url).searchParams));
    return answer(c, page, (frame) => <JobsPage page={page} frame={frame} />);
  });
  app.get("/jobs/:namespace/:job", async (c) => {
    const ref = c.req.param();
    const filter = runFilterIn(new URL(c.req.url).searchParams, ref, now());
    const [job, page] = await Promise.all([source.job(ref), source.runs(filter)]);
    if (job === undefined) return notFound(c, frameOf(c), "job", ref.job, ref.namespace);
    return answer(c, { job, runs: page }, (frame) => <JobPage job={job} page={page} frame={frame} />);
  });
  app.get("/runs", async (c) => {
    const page = await source.runs(runFilterIn(new URL(c.req.url).searchParams, undefined, now()));
    return answer(c, page, (frame) => <RunsPage page={page} frame={frame} />);
  });
  app.get("/runs/:namespace/:run", async (c) => {
    const ref = c.req.param();
    const [run, log] = await Promise.all([source.run(ref), source.log(ref)]);
    if (run === undefined) return notFound(c, frameOf(c), "run", ref.run, ref.namespace);
    return answer(c, run, (frame) => <RunPage run={run} log={log} frame={frame} />);
  });
  app.get("/runs/:namespace/:run/log.txt", async (c) => {
    const log = await source.log(c.req.param());
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
  app.notFound((c) => notFound(c, frameOf(c), "page", c.req.path, undefined));
  app.onError((error, c) => {
    const text = error.message;
    const page = (
      <Layout title="Could not read" tab={undefined} frame={frameOf(c)} zoneNote="">
        <Message heading="The cluster could not be read" text={text} />
      </Layout>
    );
    return c.html(`<!doctype html>${String(page)}`, 502);
  });
  return app;
}

function notFound(c: Context, frame: Frame, what: string, name: string, namespace: string | undefined) {
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  const more = what === "run" ? " Kubernetes keeps only the newest runs of a job." : "";
  const page = (
    <Layout title="Not found" tab={undefined} frame={frame} zoneNote="">
      <Message heading={`There is no such ${what}`} text={`${name}${where} is not there.${more}`} />
      <p>
        <a href="/jobs">All jobs</a>
      </p>
    </Layout>
  );
  return c.html(`<!doctype html>${String(page)}`, 404);
}
