import { DNS_LABEL } from "../../runtime/job/access.ts";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { loadInClusterConfig, SERVICE_ACCOUNT_FOLDER } from "../../runtime/kube/config/in-cluster.ts";
import { proxyFromEnvironment } from "../../runtime/kube/config/proxy-environment.ts";
import { CommandError } from "../terminal/command-error.ts";
import { style, talk } from "../terminal/talk.ts";
import { credentialsOf, fieldProblem, hasCredentials, trustOf, unusedFields } from "./credentials.ts";
import type { ClusterEntry, ContextEntry, Kubeconfig, UserEntry } from "./entries.ts";
import { isInClusterMeant, kubeconfigFiles, noTarget, readKubeconfigs } from "./files.ts";

/** The pod's own cluster, where a context's name is shown. */
const IN_CLUSTER = "in-cluster";

/** Which cluster and namespace a command is about: the flags of kubectl. */
export interface TargetFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  /** Of `errand.config.ts`, which also says context and namespace where flags do not. */
  readonly env?: string | undefined;
}

/** A context and a namespace. */
export interface Target {
  readonly config: ClusterConfig;
  readonly context: string;
}

/** What tests put elsewhere. */
export interface TargetOptions {
  /** Where a kubelet mounts the service account of the pod that this runs in. Default: {@link SERVICE_ACCOUNT_FOLDER}. */
  readonly serviceAccountFolder?: string;
}

/**
 * Finds the cluster: `--kubeconfig`, else the files of KUBECONFIG (the first to set something wins), else, in a pod and unless a context is named, its service
 * account, else `~/.kube/config`. If nothing names a cluster, that is an error: errand never guesses one such as localhost:8080. README.md in this folder says
 * what each field of a kubeconfig does.
 *
 * @throws {CommandError} that names the missing file or context, or the unusable field; then nothing was sent
 */
export async function loadTarget(flags: TargetFlags, options: TargetOptions = {}): Promise<Target> {
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (isInClusterMeant(flags, tokenFileIn(folder))) return loadOwnCluster(flags, folder);
  const load = async () => chosenOf(await readKubeconfigs(kubeconfigFiles(flags)), flags.context);
  const { kubeconfig, context, cluster, user } = await load();
  const server = serverUrl(cluster);
  const isPlain = isPlainHttp(server);
  warnAbout(kubeconfig, { context, cluster, user }, isPlain);
  const { ca, readCa, ...trust } = trustOf(cluster);
  const proxyUrl = proxyOf(cluster) ?? proxyFromEnvironment(server, process.env);
  return {
    context: context.name,
    config: {
      server,
      namespace: namespaceOf(context, flags.namespace),
      // As kubectl: without TLS a server cannot be verified, and gets no credentials.
      ...(isPlain
        ? {}
        : { ...trust, ...(ca === undefined ? {} : { ca }), ...(readCa === undefined ? {} : { readCa }) }),
      ...(proxyUrl === undefined ? {} : { proxyUrl: checkedProxy(proxyUrl, cluster) }),
      ...impersonationOf(user),
      ...(user === undefined || isPlain ? {} : await credentialsOf(user, cluster, async () => (await load()).user)),
    },
  };
}

/** True if the context's user logs in with a program, which may ask questions or open a browser. */
export async function asksExecPlugin(flags: TargetFlags): Promise<boolean> {
  if (isInClusterMeant(flags, tokenFileIn(SERVICE_ACCOUNT_FOLDER))) return false;
  const { user } = chosenOf(await readKubeconfigs(kubeconfigFiles(flags)), flags.context);
  return user?.exec !== undefined;
}

interface Chosen {
  readonly context: ContextEntry;
  readonly cluster: ClusterEntry;
  /** Absent if the context names none, or a missing one. */
  readonly user: UserEntry | undefined;
}

function chosenOf(kubeconfig: Kubeconfig, wanted: string | undefined): Chosen & { readonly kubeconfig: Kubeconfig } {
  const name = wanted ?? kubeconfig.currentContext;
  const context = kubeconfig.contexts.find((each) => each.name === name);
  if (context === undefined) throw unknownContext(kubeconfig, name);
  const cluster = kubeconfig.clusters.find((each) => each.name === context.cluster);
  if (cluster === undefined) throw noTarget(`The kubeconfig has no cluster for context "${name}"`);
  return { kubeconfig, context, cluster, user: kubeconfig.users.find((each) => each.name === context.user) };
}

function unknownContext({ contexts }: Kubeconfig, wanted: string): CommandError {
  const known = contexts.map(({ name }) => name).join(", ");
  const hint = known === "" ? "The kubeconfig has no contexts." : `It has: ${known}. Choose one with --context.`;
  return noTarget(
    wanted ? `There is no context "${wanted}" in the kubeconfig` : "The kubeconfig has no current context",
    hint,
  );
}

/** No field is ignored silently. */
function warnAbout(kubeconfig: Kubeconfig, { context, cluster, user }: Chosen, isPlain: boolean): void {
  const warn = (text: string) => talk(`${style.yellow("warning:")} ${text}`);
  const unknown = [
    ...kubeconfig.unread,
    ...context.unread.map((field) => `${field} of context "${context.name}"`),
    ...cluster.unread.map((field) => `${field} of cluster "${cluster.name}"`),
    ...(user?.unread.map((field) => `${field} of user "${user.name}"`) ?? []),
  ];
  if (unknown.length > 0)
    warn(`The kubeconfig has fields that neither kubectl nor errand knows: ${unknown.join(", ")}`);
  if (user === undefined) {
    if (context.user) warn(`The kubeconfig has no user "${context.user}": requests are sent without credentials`);
  } else if (isPlain) {
    if (hasCredentials(user)) {
      warn(`The credentials of user "${user.name}" are not sent: ${cluster.server} does not use TLS`);
    }
  } else {
    const unused = unusedFields(user);
    if (unused.length > 0)
      warn(
        `User "${user.name}" of the kubeconfig has fields that neither kubectl nor errand uses: ${unused.join(", ")}`,
      );
  }
}

/** As for kubectl, the scheme is optional; unlike there it is then https, since http would reveal the token. */
function serverUrl(cluster: ClusterEntry): string {
  const { name, server } = cluster;
  if (server === "") throw fieldProblem("Cluster", cluster, "it has no server", EXPECTED_SERVER);
  const url = URL.parse(server.includes("://") ? server : `https://${server}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(
      `Cluster "${name}" of the kubeconfig has the server ${JSON.stringify(server)}, which is not a valid URL`,
      { hint: EXPECTED_SERVER },
    );
  }
  if (url.username || url.password) {
    throw fieldProblem(
      "Cluster",
      cluster,
      "its server contains a user name",
      "Set username and password of the user instead.",
    );
  }
  return server.includes("://") ? server : `https://${server}`;
}

const EXPECTED_SERVER = "Expected one such as https://10.0.0.1:6443";

function isPlainHttp(server: string): boolean {
  return /^http:/i.test(server);
}

function namespaceOf(context: ContextEntry, given: string | undefined): string {
  const namespace = given ?? (context.namespace || "default");
  if (given !== undefined || DNS_LABEL.test(namespace)) return namespace;
  throw fieldProblem(
    "Context",
    context,
    `namespace ${JSON.stringify(namespace)} is not a valid name`,
    "Name one with -n.",
  );
}

function proxyOf({ proxyUrl }: ClusterEntry): string | undefined {
  return proxyUrl === "" ? undefined : proxyUrl;
}

/** Errors never quote it, since it may contain a password. */
function checkedProxy(proxyUrl: string, cluster: ClusterEntry): string {
  const url = proxyUrl.includes("://") ? URL.parse(proxyUrl) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return proxyUrl;
  const problem =
    url === null
      ? "is not a URL with a scheme"
      : `is a ${url.protocol.replace(":", "")} proxy, which errand does not support`;
  const hint = "Expected one such as http://proxy.example:3128 or https://…";
  if (cluster.proxyUrl) throw fieldProblem("Cluster", cluster, `proxy-url ${problem}`, hint);
  throw new CommandError(`HTTPS_PROXY ${problem}`, { hint });
}

/** @throws {CommandError} if groups, a uid or extras are set without a user, and for values that a header cannot contain */
function impersonationOf(user: UserEntry | undefined): Pick<ClusterConfig, "impersonate"> {
  if (user === undefined) return {};
  const { as, asUid: uid, asGroups: groups, asExtra } = user;
  const extra = withoutCase(asExtra);
  const values = Object.entries(extra).flatMap(([key, each]) => each.map((value) => ["as-user-extra", key, value]));
  const alone = groups.length > 0 ? "as-groups" : uid ? "as-uid" : values.length > 0 ? "as-user-extra" : "";
  if (!as && alone !== "") {
    throw fieldProblem("User", user, `${alone} is set without as`, 'For example: as: eve, as-groups: ["team-a"]');
  }
  const texts = [["as", as], ["as-uid", uid], ...groups.map((group) => ["as-groups", group]), ...values];
  const wrong = texts.find((words) => /(?!\t)\p{Cc}/u.test(words.slice(1).join("")));
  if (wrong !== undefined) {
    throw fieldProblem("User", user, `${wrong[0]} has a control character`, "Remove it: a header cannot contain one.");
  }
  if (!as) return {};
  return {
    impersonate: {
      user: as,
      ...(uid ? { uid } : {}),
      ...(groups.length > 0 ? { groups } : {}),
      ...(values.length > 0 ? { extra } : {}),
    },
  };
}

/** Keys become names of headers, which are case-insensitive: keys that differ only in case are one, for kubectl and the API server. */
function withoutCase(extra: UserEntry["asExtra"]): Record<string, readonly string[]> {
  const joined = new Map<string, readonly string[]>();
  for (const [key, values] of Object.entries(extra)) {
    joined.set(key.toLowerCase(), [...(joined.get(key.toLowerCase()) ?? []), ...values]);
  }
  return Object.fromEntries(joined);
}

async function loadOwnCluster({ namespace }: TargetFlags, folder: string): Promise<Target> {
  const config = await loadInClusterConfig({ env: process.env, folder });
  return { context: IN_CLUSTER, config: namespace === undefined ? config : { ...config, namespace } };
}

function tokenFileIn(folder: string): string {
  return `${folder}/token`;
}
