import { isIP } from "node:net";
import type { ClusterConfig } from "../cluster-config.ts";

/** Half of what load balancers drop silently after, in milliseconds. */
export const TCP_KEEP_ALIVE_MS = 30_000;

export interface TlsOptions {
  readonly minVersion: "TLSv1.2";
  readonly keepAliveInitialDelay: number;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * What a connection needs to be the right one: the cluster's own authorities only, TLS 1.2 or later.
 * @throws {RangeError} for settings that contradict each other
 */
export function tlsOptions(config: ClusterConfig): TlsOptions {
  if (config.insecureSkipTlsVerify && config.ca !== undefined) {
    throw new RangeError(
      "the cluster's configuration has a CA and also says insecure-skip-tls-verify: leave one of them out",
    );
  }
  if ((config.clientCertificate === undefined) !== (config.clientKey === undefined)) {
    throw new RangeError("the cluster's configuration has a client certificate or a client key without the other");
  }
  const host = new URL(config.server).hostname.replace(/^\[|\]$/g, "");
  const name = config.tlsServerName ?? host;
  return {
    minVersion: "TLSv1.2",
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
    // An IP address must not be sent as SNI (RFC 6066), but the certificate is still checked for it.
    ...(config.tlsServerName === undefined || isIP(name) !== 0 ? {} : { servername: name }),
    ...(config.ca === undefined ? {} : { ca: config.ca }),
    ...(config.clientCertificate === undefined ? {} : { cert: config.clientCertificate }),
    ...(config.clientKey === undefined ? {} : { key: config.clientKey }),
  };
}
