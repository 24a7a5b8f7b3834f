import { X509Certificate } from "node:crypto";
import { base64, defineJob, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

type Secret = Returned<ObjectOf<"secrets">>;

/** One certificate that a server shows, or that a webhook is trusted by. */
type Expiry = {
  readonly source: string;
  readonly subject: string;
  readonly expires: string;
  /** Whole days, negative once it has expired. */
  readonly daysLeft: number;
};

const DAY_MS = 86_400_000;

const params = z.strictObject({
  days: z.int().min(0).default(30).describe("Report certificates that expire within so many days"),
  failBelow: z
    .int()
    .min(0)
    .default(7)
    .describe("Fail the run if one expires within so many days, so that somebody is told; 0: only once expired"),
  labelSelector: z.string().default("").describe("Only Secrets with these labels"),
});

export default defineJob({
  description: "Reports TLS certificates that expire soon",
  schedule: "0 7 * * *",
  params,
  access: { secrets: ["list"] },
  timeout: "5m",
  async run({ kube, params: { days, failBelow, labelSelector }, log, progress }) {
    const expiring: Expiry[] = [];
    const unreadable: string[] = [];
    let checked = 0;
    const selected = { fieldSelector: "type=kubernetes.io/tls", ...(labelSelector === "" ? {} : { labelSelector }) };
    for await (const secret of kube.secrets.list(selected)) {
      const { namespace, name } = secret.metadata;
      const found = expiryOf(secret);
      if (found === undefined) unreadable.push(`${namespace}/${name}`);
      else if (found.daysLeft < Math.max(days, failBelow)) expiring.push(found);
      progress({ checked: ++checked, expiring });
    }
    expiring.sort((left, right) => left.daysLeft - right.daysLeft);
    for (const { source, subject, daysLeft } of expiring) {
      log.warn(`${source}: ${subject} ${daysLeft < 0 ? "has expired" : `expires in ${daysLeft} days`}`);
    }
    for (const source of unreadable) log.warn(`${source}: tls.crt holds no certificate`);
    const urgent = expiring.filter(({ daysLeft }) => daysLeft < failBelow);
    if (urgent.length > 0) {
      throw new Error(`${urgent.length} of ${checked} certificates need renewal: ${urgent.map(describe).join("; ")}`);
    }
    return { checked, expiring, unreadable };
  },
});

function describe({ source, daysLeft }: Expiry): string {
  return `${source} (${daysLeft < 0 ? "expired" : `${daysLeft} days left`})`;
}

/** The certificate of the chain that expires first: an intermediate may do so before the server's own. */
function expiryOf({ metadata, data }: Secret): Expiry | undefined {
  const chain = certificatesIn(base64.decodeText(data?.["tls.crt"] ?? ""));
  const [first] = chain.toSorted((left, right) => endOf(left) - endOf(right));
  if (first === undefined) return undefined;
  return {
    source: `${metadata.namespace}/${metadata.name}`,
    subject: first.subject?.replaceAll("\n", ", ") || "a certificate without a subject",
    expires: new Date(endOf(first)).toISOString(),
    daysLeft: Math.floor((endOf(first) - Date.now()) / DAY_MS),
  };
}

/** Those that can be read: what is broken beside them must not hide that one expires. */
function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).flatMap((text) => {
    try {
      return [new X509Certificate(text)];
    } catch {
      return [];
    }
  });
}

function endOf(certificate: X509Certificate): number {
  return certificate.validToDate.getTime();
}
