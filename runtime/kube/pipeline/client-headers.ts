import { arch, platform } from "node:process";
import type { Step } from "../requests/request.ts";
import { VERSION } from "./version.ts";

/** First word of the User-Agent: what API servers and audit logs know errand by. */
const PRODUCT = "errand";

/** Adds who is asking and what is understood. Compression is not asked for: it costs more than it saves inside a cluster. */
export function clientHeaders(userAgent: string | undefined): Step {
  const agent =
    userAgent === undefined ? `${PRODUCT}/${VERSION} (${platform}/${arch}) kubernetes-client` : printable(userAgent);
  return (next) => (request) =>
    next({ ...request, headers: { accept: "application/json", "user-agent": agent, ...request.headers } });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").slice(0, 128);
}
