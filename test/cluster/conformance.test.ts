import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { inject, test } from "vitest";
import { parse } from "yaml";
import type { ApiUnderTest } from "../conformance/api.ts";
import { conformanceCases } from "../conformance/cases.ts";
import { runCase } from "../conformance/run-case.ts";

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly "certificate-authority-data": string } }];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

/** The same cases that the embedded API answers: what is imitated is compared with what is real. */
const access = inject("cluster");
const run = randomBytes(3).toString("hex");

function realApi(): ApiUnderTest {
  const { clusters, users }: Kubeconfig = parse(readFileSync(access.kubeconfig, "utf8"));
  const decode = (text: string): string => Buffer.from(text, "base64").toString();
  const { user } = users[0];
  return {
    url: access.server,
    ca: decode(clusters[0].cluster["certificate-authority-data"]),
    admin: { certificate: decode(user["client-certificate-data"]), key: decode(user["client-key-data"]) },
  };
}

const api = realApi();
const PATIENCE_MS = 60_000;

test.concurrent.each(conformanceCases.map((one, index) => ({ ...one, index })))(
  "real: $title",
  async ({ index, ...one }) => {
    await runCase(api, one, `conformance-${run}-${index}`, PATIENCE_MS);
  },
);
