"use strict";
// How a program without a client library finds its API server.
const { readFileSync } = require("node:fs");

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const [, , operation, namespace, count] = process.argv;

module.exports = {
  operation,
  count: Number(count),
  path: `/api/v1/namespaces/${namespace}/pods`,
  host: process.env.KUBERNETES_SERVICE_HOST,
  port: process.env.KUBERNETES_SERVICE_PORT,
  ca: readFileSync(`${FOLDER}/ca.crt`),
  token: readFileSync(`${FOLDER}/token`, "utf8").trim(),
};
