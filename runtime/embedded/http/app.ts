import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { ANONYMOUS, type UserInfo } from "../auth/authentication.ts";
import { actingAs, impersonate } from "../auth/impersonation.ts";
import { authorize, forbidden } from "../auth/rbac.ts";
import { applyFault, type PendingFaults } from "../faults/faults.ts";
import { ApiStatusError, noSuchMethod, noSuchResource, tooLarge } from "../objects/api-status.ts";
import type { ApiAnswer, ApiRequest, Backend } from "../verbs/backend.ts";
import { handlerFor } from "../verbs/handler.ts";
import { readAccept, represent } from "../verbs/representation.ts";
import { type RequestInfo, type ResourceRequest, readRequestInfo } from "../verbs/request-info.ts";
import type { AuditLog } from "./audit.ts";
import { addDiscoveryRoutes } from "./discovery.ts";

/** Variables passed from step to step. */
export interface AppEnvironment {
  Bindings: HttpBindings;
  Variables: { info: RequestInfo; user?: UserInfo; dryRun?: boolean };
}

type Step = MiddlewareHandler<AppEnvironment>;

/** Supported methods. */
const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

const PLAIN_TEXT = { "content-type": "text/plain; charset=utf-8" };

/** The API server's limit on request bodies, in bytes. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** The steps of a request: reading it, faults, authentication, authorization, and its verb. */
export function createApp(backend: Backend, faults: PendingFaults, audit: AuditLog): Hono<AppEnvironment> {
  const app = new Hono<AppEnvironment>();
  app.onError((error) => answerError(error));
  app.notFound((context) => (METHODS.has(context.req.method) ? pageNotFound() : answerError(noSuchMethod())));
  app.use(
    readInfo,
    writeAudit(audit),
    failOnPurpose(backend, faults),
    authenticate(backend),
    authorizeRequest(backend),
  );
  app.use(answerResource(backend));
  addDiscoveryRoutes(app, backend.resources);
  return app;
}

function pageNotFound(): Response {
  return new Response("404 page not found\n", { status: 404, headers: PLAIN_TEXT });
}

const readInfo: Step = async (context, next) => {
  const url = new URL(context.req.url);
  context.set("info", readRequestInfo(context.req.method, decodePath(url.pathname), url.searchParams));
  await next();
};

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Skips unauthenticated requests. */
function writeAudit(audit: AuditLog): Step {
  return async (context, next) => {
    await next();
    const { user, info } = context.var;
    if (user === undefined) return;
    const about = info.about === "resource" ? info : { resource: "", subresource: "", namespace: "", name: "" };
    const { resource, subresource, namespace, name } = about;
    const dryRun = context.var.dryRun ?? false;
    const { verb, path } = info;
    audit.record({
      user: user.name,
      verb,
      path,
      resource,
      subresource,
      namespace,
      name,
      dryRun,
      code: context.res.status,
    });
  };
}

function failOnPurpose(backend: Backend, faults: PendingFaults): Step {
  return async (context, next) => {
    const effect = faults.take(context.var.info);
    const answer = effect && applyFault(effect, backend, context.env);
    if (answer) return answer;
    await next();
  };
}

function authenticate({ store, tokens }: Backend): Step {
  return async (context, next) => {
    const user = tokens.authenticate(context.req.header("authorization"));
    const wanted = actingAs(context.env.incoming.headersDistinct);
    context.set("user", impersonate(store, user, context.var.info, wanted));
    await next();
  };
}

function authorizeRequest({ store }: Backend): Step {
  return async (context, next) => {
    const { user = ANONYMOUS, info } = context.var;
    const decision = authorize(store, user, info);
    if (!decision.allowed) throw forbidden(user, info, decision.reason);
    await next();
  };
}

function answerResource(backend: Backend): Step {
  return async (context, next) => {
    const { info } = context.var;
    if (info.about === "path") return next();
    if (!backend.resources.servesGroup(info.group)) return pageNotFound();
    const request = apiRequest(context, info, context.var.user ?? ANONYMOUS, backend);
    const answer = await handlerFor(request)(request, backend);
    if ("stream" in answer) return streamed(answer);
    if ("text" in answer) return new Response(answer.text, { status: answer.status, headers: PLAIN_TEXT });
    context.set("dryRun", answer.dryRun ?? false);
    return jsonAnswer(answer.status, represent(answer.body, request.representation));
  };
}

function apiRequest(
  context: Context<AppEnvironment>,
  info: ResourceRequest,
  user: UserInfo,
  { resources }: Backend,
): ApiRequest {
  const resource = resources.atPath(info.group, info.version, info.resource);
  if (!resource) throw noSuchResource();
  return {
    info,
    resource,
    user,
    representation: readAccept(context.req.header("accept")),
    query: new URL(context.req.url).searchParams,
    header: (name) => context.req.header(name),
    readBody: () => readBody(context),
    signal: context.req.raw.signal,
  };
}

async function readBody(context: Context<AppEnvironment>): Promise<string> {
  const declared = Number(context.req.header("content-length") ?? 0);
  const text = declared > MAX_BODY_BYTES ? undefined : await context.req.text();
  if (text !== undefined && Buffer.byteLength(text) <= MAX_BODY_BYTES) return text;
  throw tooLarge(`limit is ${MAX_BODY_BYTES}`);
}

function streamed({ status, stream }: Extract<ApiAnswer, { stream: unknown }>): Response {
  return new Response(stream, { status, headers: { "content-type": "application/json" } });
}

function jsonAnswer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-cache, private", ...headers },
  });
}

/** Answers any thrown error as a Status. */
function answerError(error: Error): Response {
  if (!(error instanceof ApiStatusError)) {
    const internal = new ApiStatusError(500, "InternalError", `Internal error occurred: ${error.message}`, {
      causes: [{ message: error.message }],
    });
    return jsonAnswer(500, internal.body);
  }
  const seconds = error.body.details?.retryAfterSeconds;
  const headers: Record<string, string> = seconds === undefined ? {} : { "retry-after": String(seconds) };
  return jsonAnswer(error.body.code, error.body, headers);
}
