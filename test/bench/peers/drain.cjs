"use strict";
// The floor: the same bytes, read over one HTTP/1.1 connection and thrown away. Usage: drain.cjs list|metadata|watch NAMESPACE COUNT
const { Agent, request } = require("node:https");
const { operation, count, path, host, port, ca, token } = require("./service-account.cjs");

const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const accept = operation === "metadata" ? METADATA : "application/json";
const headers = { authorization: `Bearer ${token}`, accept };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const NEWLINE = 10;
const PAGE_SIZE = 500;

function get(query, onData, onEnd) {
  request({ host, port, ca, agent, headers, path: `${path}?${query}` }, (response) => {
    response.on("data", onData);
    response.on("end", onEnd);
  }).end();
}

/** What a list says of itself stands before its items: the token is in the first bytes. */
function page(token, pages = 1) {
  let start = "";
  const query = `limit=${PAGE_SIZE}${token === undefined ? "" : `&continue=${encodeURIComponent(token)}`}`;
  const onData = (chunk) => {
    if (start.length < 1_000) start += chunk.toString("latin1", 0, 1_000);
  };
  get(query, onData, () => {
    const next = /"continue":"([^"]+)"/.exec(start.slice(0, 1_000))?.[1];
    if (next === undefined) done(pages * PAGE_SIZE);
    else page(next, pages + 1);
  });
}

function watch() {
  let events = 0;
  const onData = (chunk) => {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) events += 1;
    if (events >= count) done(events);
  };
  get("watch=true&resourceVersion=0", onData, () => done(events));
}

function done(count) {
  console.log(JSON.stringify({ count }));
  process.exit();
}

if (operation === "watch") watch();
else page(undefined);
