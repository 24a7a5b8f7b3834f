import { describe, expect, it, vi } from "vitest";
import certificateExpiry from "../../jobs/certificate-expiry.ts";
import { makeServerCertificate } from "../../runtime/embedded/http/certificate.ts";
import { runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

const DAY_MS = 86_400_000;
/** Of the certificates that are made here. */
const VALID_DAYS = 365;

/** A PEM certificate that is valid for this many more days. */
function validFor(days: number): string {
  vi.useFakeTimers({ now: Date.now() - (VALID_DAYS - days) * DAY_MS, toFake: ["Date"] });
  try {
    return makeServerCertificate().certificate;
  } finally {
    vi.useRealTimers();
  }
}

const certificates: Readonly<Record<number, string>> = { 2: validFor(2), 20: validFor(20), 90: validFor(90) };

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
  it("reports what expires soon, nearest first, and counts the others", async () => {
    const report = await check([secret("good", certificates[90] ?? ""), secret("soon", certificates[20] ?? "")]);
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: {
        checked: 2,
        expiring: [{ source: "shop/soon", subject: "CN=errand embedded API", daysLeft: expect.any(Number) }],
        unreadable: [],
      },
    });
  });

  it("fails if a certificate must be renewed now, names it, and keeps its findings in the progress", async () => {
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

  it("fails below failBelow, whatever days says, and despite a broken part beside the certificate", async () => {
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const report = await check([secret("urgent", `${broken}${certificates[20]}`)], { days: 5, failBelow: 30 });
    expect(report).toMatchObject({ outcome: "failed", progress: { expiring: [{ source: "shop/urgent" }] } });
  });

  it("checks the whole chain", async () => {
    const chain = `${certificates[90]}\n${certificates[20]}`;
    expect(await check([secret("chain", chain)])).toMatchObject({
      result: {
        expiring: [{ source: "shop/chain", daysLeft: expect.toSatisfy((days: number) => days === 19 || days === 20) }],
      },
    });
  });

  it("names Secrets without a certificate, and reads no others", async () => {
    const report = await check([
      secret("empty", ""),
      secret("junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      secret("opaque", certificates[2] ?? "", "Opaque"),
    ]);
    expect(report).toMatchObject({ result: { checked: 2, unreadable: ["shop/empty", "shop/junk"] } });
  });
});
