/** Gives the bearer token for the next request; `refresh` drops what was read before (after a 401). */
export interface TokenSource {
  get(options?: { readonly refresh?: boolean }): Promise<string>;
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
  /** PEM. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Name for SNI and for the identity check, where it is not the host of `server`. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly proxyUrl?: string;
  /** Impersonation: sent with every request. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[] };
  /** The namespace that calls without one go to. */
  readonly namespace: string;
}
