// Deno and Bun without a client library: fetch. Usage: fetch.mjs first|list|metadata|watch NAMESPACE [COUNT]; the cluster's CA comes by the command line.
import { readFileSync } from "node:fs";
import process from "node:process";

const [, , operation, namespace, count] = process.argv;
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const url = `https://${host}:${port}/api/v1/namespaces/${namespace}/pods`;
const token = readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/token", "utf8").trim();
const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

async function get(query, accept = "application/json") {
  const response = await fetch(`${url}?${query}`, { headers: { authorization: `Bearer ${token}`, accept } });
  if (!response.ok) throw new Error(await response.text());
  return response;
}

async function list(accept) {
  let seen = 0;
  let next = "";
  do {
    const { items, metadata } = await (await get(`limit=500&continue=${encodeURIComponent(next)}`, accept)).json();
    seen += items.length;
    next = metadata.continue;
  } while (next);
  return seen;
}

const WORKS = {
  async first() {
    return (await (await get("")).json()).items.length;
  },
  list: () => list(),
  metadata: () => list(METADATA),
  async watch() {
    const seen = new Set();
    const { body } = await get("watch=true&resourceVersion=0");
    let rest = "";
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) seen.add(JSON.parse(line).object.metadata.name);
      if (seen.size >= Number(count)) return seen.size;
    }
    return seen.size;
  },
};

const done = await WORKS[operation]();
console.log(JSON.stringify({ count: done }));
process.exit();
