import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Report } from "../run/report/report.ts";
import { metricsText } from "./metrics.ts";
import type { Connection, Html, StatusSource } from "./source.ts";
import { logEvents, progressEvents, stateOf } from "./streams.ts";

type App = Hono<{ Bindings: Connection }>;
type AppContext = Context<{ Bindings: Connection }>;

const METHODS = ["GET", "HEAD"];
const PATHS = ["/", "/status", "/result", "/logs", "/events", "/metrics", "/openapi.json", "/healthz", "/readyz"];

/** What answers that are not pages let a browser do: nothing. No answer allows another origin anything (CORS). */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Creates the pod's status endpoint. The run's data requires access to the pod's loopback interface; other clients may read only the metrics, if the job file opens them.
 * Pass the connection to `fetch` as second argument.
 */
export function createStatusApp(source: StatusSource): App {
  const app: App = new Hono();
  app.use("*", async (c, next) => {
    const refusal = refusalOf(c, source);
    if (refusal !== undefined) c.res = refusal;
    else await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  });
  // Alive means that the event loop is running; so does ready, because the server starts after the run.
  for (const path of ["/healthz", "/readyz"]) app.get(path, (c) => c.text("ok\n"));
  addRun(app, source);
  addStreams(app, source);
  app.get("/metrics", async ({ req }) => {
    const { contentType, text } = await metricsText(source.report(), source.metrics(), req.header("accept") ?? "");
    return new Response(text, { headers: { "content-type": contentType } });
  });
  app.get("/openapi.json", async () => json((await import("./openapi.json", { with: { type: "json" } })).default));
  app.notFound(() => problem(404, "Not found", `Paths: ${PATHS.join(" ")}`));
  app.onError(() => problem(500, "Internal error", "The answer could not be made; the run is not affected."));
  return app;
}

/** Who may not ask, or not like this. */
function refusalOf({ env, req }: AppContext, { openAddresses }: StatusSource): Response | undefined {
  const isRead = METHODS.includes(req.method);
  const isOpen = openAddresses.length > 0 && req.path === "/metrics" && isRead;
  const isOwn = isOverLoopback(env);
  if (!isOwn && !isOpen) {
    return problem(403, "Forbidden", "Only loopback may read this: use kubectl port-forward (needs pods/portforward)");
  }
  const names = isOwn ? LOOPBACK_NAMES : [...openAddresses, env.localAddress ?? ""];
  if (!names.includes(hostNameOf(env.host))) {
    return problem(
      421,
      "Misdirected request",
      `This server is ${names[0]}, not ${env.host ?? "a host without a name"}`,
    );
  }
  return isRead ? undefined : notAllowed();
}

function notAllowed(): Response {
  return problem(405, "Method not allowed", "Only GET and HEAD: nothing here changes anything", {
    allow: METHODS.join(", "),
  });
}

function addRun(app: App, source: StatusSource): void {
  const { report } = source;
  const pages = () => import("./page.tsx");
  const run = (fallback: Kind) => (c: AppContext) =>
    answer(c, fallback, {
      json: report,
      text: () => textOf(report()),
      html: async (url) => (await pages()).runPage(source, url),
    });
  app.get("/", run("text"));
  app.get("/status", run("json"));
  app.get("/result", (c) => {
    const { result } = report();
    if (result === undefined) return problem(404, "No result yet", "The run has not returned anything");
    return answer(c, "json", {
      json: () => result,
      text: () => `${typeof result === "string" ? result : JSON.stringify(result, null, 2)}\n`,
      html: async (url) => (await pages()).resultPage(source, url),
    });
  });
}

function addStreams(app: App, source: StatusSource): void {
  const { report, log, ended } = source;
  app.get("/logs", (c) => {
    const lastId = Number(c.req.header("last-event-id") ?? c.req.query("after") ?? 0);
    const after = Number.isSafeInteger(lastId) && lastId > 0 ? lastId : 0;
    const kind = asked(c, ["text/plain", "application/json", EVENT_STREAM]);
    if (kind === EVENT_STREAM) return stream(logEvents(log, after, report, ended));
    const kept = log.from(after + 1);
    if (kind === "application/json" || c.req.query("format") === "json") return json(kept);
    const text = kept.lines.map((line) => `${line}\n`).join("");
    return c.text(text, 200, { "errand-first-line": String(kept.first) });
  });
  app.get("/events", async (c) => {
    const isPage = c.req.query("last") === "page";
    const { runPage } = isPage ? await import("./page.tsx") : {};
    const last = (): string =>
      runPage === undefined ? JSON.stringify(stateOf(report(), log)) : runPage(source, new URL("/", c.req.url)).text;
    return stream(progressEvents(log, report, ended, last));
  });
}

/** For one stream more than the server keeps open. */
export function tooManyStreams(): Response {
  return problem(503, "Too many streams", "Close another stream of this run, or ask for /logs or /status", {
    "retry-after": "30",
  });
}

const EVENT_STREAM = "text/event-stream";

function stream(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { "content-type": EVENT_STREAM } });
}

type Kind = "json" | "text" | "html";
const TYPES: Readonly<Record<string, Kind>> = { "application/json": "json", "text/html": "html", "text/plain": "text" };

/** The first of these types that is asked for, the most wanted before others. @returns undefined for who takes anything. https://www.rfc-editor.org/rfc/rfc9110#name-accept */
function asked({ req }: AppContext, types: readonly string[]): string | undefined {
  return (req.header("accept") ?? "")
    .split(",")
    .map((text) => {
      const [type = "", ...parts] = text.split(";").map((part) => part.trim().toLowerCase());
      return { type, q: Number(parts.find((part) => part.startsWith("q="))?.slice(2) ?? 1) };
    })
    .toSorted((left, right) => right.q - left.q)
    .find(({ type, q }) => q > 0 && types.includes(type))?.type;
}

interface Forms {
  readonly json: () => unknown;
  readonly text: () => string;
  readonly html: (url: URL) => Promise<Html>;
}

/** One URL in the form that is asked for. @param fallback for who takes anything, as curl does */
async function answer(c: AppContext, fallback: Kind, forms: Forms): Promise<Response> {
  const type = asked(c, Object.keys(TYPES)) ?? "";
  const kind = c.req.query("format") === "json" ? "json" : (TYPES[type] ?? fallback);
  if (kind === "json") return json(forms.json());
  if (kind === "text") return c.text(forms.text(), 200, { vary: "accept" });
  const { text, policy } = await forms.html(new URL(c.req.url));
  return c.html(text, 200, { "content-security-policy": policy, vary: "accept" });
}

/** The run in a few lines, for a terminal. */
function textOf(report: Report): string {
  const { run, job, namespace, outcome, startedAt, finishedAt, progress, mutations, requests, error } = report;
  const seconds = ((finishedAt === undefined ? Date.now() : Date.parse(finishedAt)) - Date.parse(startedAt)) / 1_000;
  const changed = Object.entries(mutations).flatMap(([verb, resources]) =>
    Object.entries(resources).map(([resource, count]) => `${verb} ${count} ${resource}`),
  );
  const lines = [
    `${run.id}  ${outcome}  ${seconds.toFixed(1)} s`,
    `job        ${job} in ${namespace}, attempt ${run.attempt}${report.dryRun ? ", dry run" : ""}`,
    ...(progress === undefined ? [] : [`progress   ${JSON.stringify(progress)}`]),
    `changed    ${changed.join(", ") || "nothing"}`,
    `requests   ${requests}, ${report.retries} retried`,
    ...(error === undefined ? [] : [`error      ${error.message}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Not `context.json`, whose types expand a recursive JSON type without end. */
function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { "content-type": "application/json", vary: "accept" } });
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  return new Response(`${body}\n`, {
    status,
    headers: { ...HEADERS, "content-type": "application/problem+json", ...headers },
  });
}

/** The IPv6 form of 127.0.0.1 on a dual-stack socket (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:/;
const LOOPBACK = ["127.0.0.1", "::1"];
/** How whoever forwards a port calls it, at whatever port. A page of another site that points its own name here (DNS rebinding) calls it by that. */
const LOOPBACK_NAMES = ["localhost", ...LOOPBACK];

function hostNameOf(host = ""): string {
  return (
    /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i
      .exec(host)
      ?.slice(1)
      .find((name) => name)
      ?.toLowerCase() ?? ""
  );
}

/**
 * True if both ends have the address of `localhost`, as with a port-forward. The rest of 127.0.0.0/8 does not count: a service mesh's proxy forwards
 * external requests from addresses such as 127.0.0.6.
 */
export function isOverLoopback({ localAddress, remoteAddress }: Omit<Connection, "host">): boolean {
  return [localAddress, remoteAddress].every((address) => LOOPBACK.includes(address?.replace(MAPPED, "") ?? ""));
}
