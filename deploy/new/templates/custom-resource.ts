import { defineJob } from "errand";
import { z } from "zod";

// Objects of custom resources are untyped; `npx errand types certificates.cert-manager.io` writes types from your cluster.
const certificate = z.object({ status: z.object({ notAfter: z.iso.datetime().optional() }).optional() });

const DAY_MS = 86_400_000;

export default defineJob({
  description: "Lists certificates that expire soon",
  schedule: "0 7 * * *",
  timeZone: "Etc/UTC",
  params: z.strictObject({
    withinDays: z.int().min(1).default(14).describe("list certificates that expire within this many days"),
  }),
  access: { "certificates.cert-manager.io": ["list"] },
  timeout: "5m",
  async run({ kube, params, log }) {
    const soon = Date.now() + params.withinDays * DAY_MS;
    const expiring: string[] = [];
    for await (const object of kube["certificates.cert-manager.io"].list()) {
      if (expiresBefore(object, soon)) expiring.push(object.metadata.name);
    }
    if (expiring.length > 0) log.warn("certificates expire soon", { expiring });
    return { expiring };
  },
});

/** True if a certificate expires before a time, in milliseconds since the epoch; false if it was never issued. */
export function expiresBefore(object: unknown, time: number): boolean {
  const notAfter = certificate.parse(object).status?.notAfter;
  return notAfter !== undefined && Date.parse(notAfter) < time;
}
