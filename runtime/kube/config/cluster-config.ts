import type { ClientCertificate } from "../requests/request.ts";

/** Gives the bearer token for the next request, `""` for none; `refresh` drops what was read before (after a 401). */
export interface TokenSource {
  get(options?: { readonly refresh?: boolean }): Promise<string>;
}

/** Gives the certificate for the next request, the same object for as long as it holds; `refresh` drops what was read before (after a 401). */
export interface CertificateSource {
  get(options?: { readonly refresh?: boolean }): Promise<ClientCertificate | undefined>;
}

/** Whom the caller acts as. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** How to reach and be known to one API server. In the pod it comes from the mounted service account, on a person's machine from kubeconfig. */
export interface ClusterConfig {
  /** https URL; a path in it is kept as a prefix. */
  readonly server: string;
  /** PEM, one certificate or several. */
  readonly ca?: string;
  /** Reads `ca` again, where it may be replaced while the process runs: asked when a certificate does not fit any more. */
  readonly readCa?: () => Promise<string>;
  readonly token?: TokenSource;
  /** Instead of a token, for servers that take such. https://www.rfc-editor.org/rfc/rfc7617 */
  readonly userPassword?: { readonly username: string; readonly password: string };
  /** PEM. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Instead of these two, where they are replaced while the process runs, such as an exec plugin's. */
  readonly certificateSource?: CertificateSource;
  /** Name for SNI and for the identity check, where it is not the host of `server`. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly proxyUrl?: string;
  /** Sent with every request. */
  readonly impersonate?: Impersonation;
  /** The namespace that calls without one go to. */
  readonly namespace: string;
}
