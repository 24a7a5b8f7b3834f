import type { ClientCertificate } from "../requests/request.ts";

/** Returns the bearer token for the next request, `""` for none; `refresh` discards the cached one (after a 401). */
export interface TokenSource {
  get(options?: { readonly refresh?: boolean }): Promise<string>;
}

/** Returns the certificate for the next request, the same object while it is valid; `refresh` discards the cached one (after a 401). */
export interface CertificateSource {
  get(options?: { readonly refresh?: boolean }): Promise<ClientCertificate | undefined>;
}

/** The identity that the caller impersonates. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** How to connect and authenticate to one API server: from the mounted service account in a pod, from a kubeconfig elsewhere. */
export interface ClusterConfig {
  /** https URL; its path is kept as a prefix. */
  readonly server: string;
  /** PEM, one or more certificates. */
  readonly ca?: string;
  /** Reads `ca` again if it may be rotated while the process runs; called when a server certificate no longer verifies. */
  readonly readCa?: () => Promise<string>;
  readonly token?: TokenSource;
  /** Basic authentication instead of a token, for servers that support it. https://www.rfc-editor.org/rfc/rfc7617 */
  readonly userPassword?: { readonly username: string; readonly password: string };
  /** PEM. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Instead of these two, for credentials that change while the process runs, such as those of an exec plugin. */
  readonly certificateSource?: CertificateSource;
  /** Server name for SNI and certificate verification, if not the host of `server`. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly proxyUrl?: string;
  /** Sent with every request. */
  readonly impersonate?: Impersonation;
  /** Default namespace for calls that name none. */
  readonly namespace: string;
}
