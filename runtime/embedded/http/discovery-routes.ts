import type { Hono } from "hono";
import type { ResourceTable } from "../objects/resource-table.ts";
import type { AppEnvironment } from "./app.ts";
import {
  AGGREGATED_MEDIA_TYPE,
  aggregated,
  coreVersions,
  groupList,
  KUBERNETES_VERSION,
  oneGroup,
  resourceList,
  wantsAggregated,
} from "./discovery.ts";

const HEALTH_PATHS = ["/healthz", "/livez", "/readyz"];

/** Adds the paths that are about the server itself. */
export function addDiscoveryRoutes(app: Hono<AppEnvironment>, table: ResourceTable): void {
  for (const path of HEALTH_PATHS) app.get(path, (context) => context.text("ok"));
  app.get("/version", (context) => context.json(KUBERNETES_VERSION));
  app.get("/api", (context) => {
    if (wantsAggregated(context.req.header("accept"))) return aggregatedAnswer(table, true);
    return context.json(coreVersions(new URL(context.req.url).host));
  });
  app.get("/apis", (context) => {
    if (wantsAggregated(context.req.header("accept"))) return aggregatedAnswer(table, false);
    return context.json(groupList(table));
  });
  app.get("/api/:version", (context) => {
    const found = resourceList(table, "", context.req.param("version"));
    return found ? context.json(found) : context.notFound();
  });
  app.get("/apis/:group", (context) => {
    const found = oneGroup(table, context.req.param("group"));
    return found ? context.json(found) : context.notFound();
  });
  app.get("/apis/:group/:version", (context) => {
    const found = resourceList(table, context.req.param("group"), context.req.param("version"));
    return found ? context.json(found) : context.notFound();
  });
}

function aggregatedAnswer(table: ResourceTable, core: boolean): Response {
  return new Response(JSON.stringify(aggregated(table, core)), { headers: { "content-type": AGGREGATED_MEDIA_TYPE } });
}
