import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ClusterConfig, TokenSource } from "../../runtime/kube/config/cluster-config.ts";
import { cleanToken, tokenFile } from "../../runtime/kube/config/token-file.ts";
import type { ClientCertificate } from "../../runtime/kube/requests/request.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { CommandError } from "../terminal/command-error.ts";
import { authoritiesIn, certificateFiles, clientPair, readAuthorities } from "./certificates.ts";
import type { ClusterEntry, UserEntry } from "./entries.ts";
import { ExecPlugin, ExecPluginError, findExecProblem } from "./exec-plugin.ts";
import { findOpenIdProblem, openIdToken, unusedOpenIdFields } from "./open-id.ts";

type Trust = Pick<ClusterConfig, "ca" | "readCa" | "insecureSkipTlsVerify" | "tlsServerName">;
type Credentials = Pick<
  ClusterConfig,
  "clientCertificate" | "clientKey" | "certificateSource" | "token" | "userPassword"
>;

/**
 * How to verify a cluster.
 *
 * @throws {CommandError} that names the unusable field
 */
export function trustOf(cluster: ClusterEntry): Trust {
  const { authority, authorityFile: file, skipsVerification, tlsServerName } = cluster;
  if (skipsVerification && (authority || file)) {
    const message = "insecure-skip-tls-verify is set beside a certificate-authority";
    throw fieldProblem("Cluster", cluster, message, "Nothing was sent. Remove one of them.");
  }
  const field = authority ? "certificate-authority-data" : "certificate-authority";
  const read = () => authoritiesIn(authority || readFileSync(file, "utf8"));
  return {
    ...(authority || file ? { ca: usable("Cluster", cluster, field, read) } : {}),
    // Data wins over a file.
    ...(file && !authority ? { readCa: () => readAuthorities(file) } : {}),
    ...(skipsVerification ? { insecureSkipTlsVerify: true } : {}),
    ...(tlsServerName ? { tlsServerName } : {}),
  };
}

/**
 * Reads a user's credentials, with client-go's precedence: a token or password wins over a program or provider. A certificate is used beside any of them, but rules out a program.
 *
 * @param reload reads the user again, whose token may have changed
 * @throws {CommandError} that names the unusable field
 */
export async function credentialsOf(
  user: UserEntry,
  cluster: ClusterEntry,
  reload: () => Promise<UserEntry | undefined>,
): Promise<Credentials> {
  refuseContradictions(user);
  const certificate = certificateOf(user);
  const fixed = user.username ? { userPassword: { username: user.username, password: user.password } } : undefined;
  const token = fixed === undefined ? tokenOf(user, reload) : undefined;
  const given = fixed ?? (token === undefined ? undefined : { token });
  if (given !== undefined) return { ...certificate, ...given };
  if (user.authProvider !== undefined) return { ...certificate, token: await providedToken(user) };
  if (user.exec !== undefined && certificate.clientCertificate === undefined) return await executed(user, cluster);
  return certificate;
}

/** The fields of a user that are unused because others win over them. */
export function unusedFields(user: UserEntry): string[] {
  const hasToken = Boolean(user.token || user.tokenFile || user.username);
  const hasCertificate = Boolean(user.certificate || user.certificateFile);
  return [
    ...(user.exec !== undefined && (hasToken || hasCertificate) ? ["exec"] : []),
    ...(user.authProvider !== undefined && hasToken ? ["auth-provider"] : []),
    ...unusedOpenIdFields(user).map((field) => `auth-provider.${field}`),
  ];
}

/** True for a user with any credentials. */
export function hasCredentials(user: UserEntry): boolean {
  const { token, tokenFile: file, username, password, certificate, certificateFile: path, exec, authProvider } = user;
  return Boolean(token || file || username || password || certificate || path || exec || authProvider);
}

function refuseContradictions(user: UserEntry): void {
  const refuse = (message: string, hint = "Remove one of them: kubectl refuses such a user too.") => {
    throw fieldProblem("User", user, message, hint);
  };
  if ((user.token || user.tokenFile) && (user.username || user.password)) {
    refuse(`${user.token ? "token" : "tokenFile"} is set beside username and password`);
  }
  if (user.password && !user.username) refuse("password is set without a username", "Add the username.");
  if (user.exec !== undefined && user.authProvider !== undefined) refuse("auth-provider is set beside exec");
  const problem = findOpenIdProblem(user.authProvider) ?? (user.exec && findExecProblem(user.exec));
  if (problem !== undefined)
    refuse(problem, "Nothing was sent. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/");
}

function certificateOf(user: UserEntry): Pick<ClusterConfig, "clientCertificate" | "clientKey" | "certificateSource"> {
  const hasCertificate = Boolean(user.certificate || user.certificateFile);
  const hasKey = Boolean(user.key || user.keyFile);
  if (!hasCertificate && !hasKey) return {};
  if (hasCertificate !== hasKey) {
    const [there, missing] = hasKey ? ["client-key", "client-certificate"] : ["client-certificate", "client-key"];
    throw fieldProblem("User", user, `${there} is set without ${missing}`, `Add ${missing} or ${missing}-data.`);
  }
  const certificate = usable(
    "User",
    user,
    "client-certificate",
    () => user.certificate || readFileSync(user.certificateFile, "utf8"),
  );
  const key = usable("User", user, "client-key", () => user.key || readFileSync(user.keyFile, "utf8"));
  const pair = usable("User", user, "client-certificate and client-key", () => clientPair(certificate, key));
  const own = { clientCertificate: pair.certificate, clientKey: pair.key };
  if (user.certificate && user.key) return own;
  return { ...own, certificateSource: certificateFiles(pair, () => readPair(user)) };
}

async function readPair(user: UserEntry): Promise<ClientCertificate> {
  const certificate = user.certificate || (await readFile(user.certificateFile, "utf8"));
  return clientPair(certificate, user.key || (await readFile(user.keyFile, "utf8")));
}

/** The file is the one that gets renewed: a token beside it is used only while the file cannot be read. */
function tokenOf(user: UserEntry, reload: () => Promise<UserEntry | undefined>): TokenSource | undefined {
  if (user.tokenFile) {
    const read = () => readFile(user.tokenFile, "utf8");
    const fallback = user.token;
    const first = usable("User", user, "tokenFile", () => {
      try {
        return cleanToken(readFileSync(user.tokenFile, "utf8"));
      } catch (error) {
        if (fallback !== "") return cleanToken(fallback);
        throw error;
      }
    });
    return tokenFile(first, { read });
  }
  if (!user.token) return undefined;
  let token = usable("User", user, "token", () => cleanToken(user.token));
  return {
    async get({ refresh = false } = {}) {
      if (refresh) token = (await reload().catch(() => undefined))?.token || token;
      return token;
    },
  };
}

async function providedToken(user: UserEntry): Promise<TokenSource> {
  const source = openIdToken(user);
  const get: TokenSource["get"] = (options) =>
    source.get(options).catch((error: unknown) => {
      throw unavailable(user.name, error);
    });
  await get();
  return { get };
}

/** Runs the plugin now, so that a failed login is reported before anything else; and again whenever its credentials expire or are refused. */
async function executed(user: UserEntry, cluster: ClusterEntry): Promise<Credentials> {
  const { exec, name } = user;
  if (exec === undefined) return {};
  const plugin = new ExecPlugin(exec, exec.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {});
  const get: ExecPlugin["get"] = (options) =>
    plugin.get(options).catch((error: unknown) => {
      throw unavailable(name, error);
    });
  await get();
  return {
    token: { get: async (options) => (await get(options)).token ?? "" },
    certificateSource: { get: async (options) => (await get(options)).certificate },
  };
}

/** What a plugin may be told of the cluster. https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster */
function clusterInfo(cluster: ClusterEntry): object {
  const { authority, authorityFile: file } = cluster;
  // The plugin gets the contents of files, never their names.
  const trusted =
    file && !authority
      ? usable("Cluster", cluster, "certificate-authority", () => readFileSync(file, "utf8"))
      : authority;
  return {
    server: cluster.server,
    "tls-server-name": cluster.tlsServerName || undefined,
    "insecure-skip-tls-verify": cluster.skipsVerification || undefined,
    "certificate-authority-data": trusted ? Buffer.from(trusted).toString("base64") : undefined,
    "proxy-url": cluster.proxyUrl || undefined,
    "disable-compression": cluster.disablesCompression || undefined,
    config: cluster.execConfig ?? undefined,
  };
}

/** Reads what a field holds or names; why that cannot be is the field's problem, and nobody else's. */
function usable<T>(kind: "Cluster" | "User", entry: ClusterEntry | UserEntry, field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, path, syscall, message } = error as NodeJS.ErrnoException;
    const isFile = syscall !== undefined;
    const problem = isFile ? `the file ${path === undefined ? "" : `${path} `}cannot be read (${code})` : message;
    const hint = `Nothing was sent: ${isFile ? "name a file that you can read" : "fix the field"}.`;
    throw fieldProblem(kind, entry, `${field}: ${problem}`, hint);
  }
}

/** A mistake in the kubeconfig, which must be fixed before anything is sent. */
export function fieldProblem(
  kind: "Cluster" | "User" | "Context",
  { name, file }: { readonly name: string; readonly file: string },
  problem: string,
  hint: string,
): CommandError {
  return new CommandError(`${kind} "${name}" of the kubeconfig ${file}: ${problem}`, { hint });
}

function unavailable(user: string, error: unknown): CommandError {
  const message = (error instanceof Error ? error.message : String(error)).trim().split("\n")[0];
  const hint = error instanceof ExecPluginError ? error.hint : undefined;
  return new CommandError(`Could not get credentials for user "${user}" of the kubeconfig: ${message}`, {
    hint: hint ?? "Fix it so that `kubectl get namespaces` works with this context: kubectl asks the same way.",
    exitCode: OUTCOMES.denied.exitCode,
    cause: error,
  });
}
