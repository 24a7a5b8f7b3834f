"use strict";
// The least that Node can do: one request with node:https, its answer parsed. Usage: bare-node.cjs first NAMESPACE
const { request } = require("node:https");
const { host, port, path, ca, token } = require("./service-account.cjs");

const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
request({ host, port, path, ca, headers }, (response) => {
  const chunks = [];
  response.on("data", (chunk) => chunks.push(chunk));
  response.on("end", () => {
    const { items } = JSON.parse(Buffer.concat(chunks).toString());
    console.log(JSON.stringify({ count: items.length }));
    process.exit();
  });
}).end();
