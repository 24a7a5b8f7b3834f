import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import certificateExpiry from "../../jobs/certificate-expiry.ts";
import { runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";
import { project } from "../support/project.ts";

/** Certificates by how many days they are valid, as PEM. */
const certificates: Record<number, string> = {};

beforeAll(() => {
  for (const days of [2, 20, 90]) certificates[days] = selfSigned(days);
});

const folder = project();

function selfSigned(days: number): string {
  const file = join(folder, `${days}.crt`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(folder, "key")];
  const args = ["req", "-x509", ...key, "-days", String(days), "-subj", `/CN=valid for ${days} days`, "-out", file];
  execFileSync("openssl", args, { stdio: "pipe" });
  return readFileSync(file, "utf8");
}

function secret(name: string, pem: string, type = "kubernetes.io/tls") {
  const data = { "tls.crt": Buffer.from(pem).toString("base64"), "tls.key": "" };
  return { apiVersion: "v1", kind: "Secret", type, metadata: { name, namespace: "shop" }, data };
}

async function check(secrets: readonly ReturnType<typeof secret>[], params = {}) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secrets);
  return await runJob(certificateExpiry, cluster, { namespace: "shop", params });
}

describe("certificate-expiry", () => {
  it("reports what expires soon, the nearest first, and counts the rest", async () => {
    const report = await check([secret("good", certificates[90] ?? ""), secret("soon", certificates[20] ?? "")]);
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: {
        checked: 2,
        expiring: [{ source: "shop/soon", subject: "CN=valid for 20 days", daysLeft: expect.any(Number) }],
        unreadable: [],
      },
    });
  });

  it("fails where one must be renewed now, names it, and leaves what it found in its progress", async () => {
    const report = await check([secret("good", certificates[90] ?? ""), secret("urgent", certificates[2] ?? "")]);
    expect(report).toMatchObject({
      outcome: "failed",
      error: { message: expect.stringMatching(/^1 of 2 certificates need renewal: shop\/urgent \([12] days left\)$/) },
      progress: { checked: 2, expiring: [{ source: "shop/urgent" }] },
    });
    expect(await check([secret("urgent", certificates[2] ?? "")], { failBelow: 0 })).toMatchObject({
      outcome: "succeeded",
    });
  });

  it("looks at the whole chain", async () => {
    const chain = `${certificates[90]}\n${certificates[20]}`;
    expect(await check([secret("chain", chain)])).toMatchObject({
      result: { expiring: [{ source: "shop/chain", subject: "CN=valid for 20 days" }] },
    });
  });

  it("names Secrets that hold no certificate, and reads no others", async () => {
    const report = await check([
      secret("empty", ""),
      secret("junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      secret("opaque", certificates[2] ?? "", "Opaque"),
    ]);
    expect(report).toMatchObject({ result: { checked: 2, unreadable: ["shop/empty", "shop/junk"] } });
  });
});
