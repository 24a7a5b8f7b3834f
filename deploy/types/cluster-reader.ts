import { readJson, type Send } from "../../runtime/kube/requests/request.ts";
import type { GetJson } from "./discovery.ts";

/** Reads paths that belong to no object, with or without a query: discovery and published schemas. */
export function clusterReader(send: Send): GetJson {
  return async (address) => {
    const [path = "", query = ""] = address.split("?");
    return readJson(
      await send({
        method: "GET",
        path,
        query: [...new URLSearchParams(query)],
        headers: { accept: "application/json" },
      }),
    );
  };
}
