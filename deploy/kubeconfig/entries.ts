import { dirname, resolve } from "node:path";
import { readYaml } from "../../runtime/kube/values/yaml.ts";
import { type ExecSettings, readExecSettings } from "./exec-plugin.ts";
import { Fields } from "./fields.ts";

/** One entry of a kubeconfig. Absent strings are empty, as for kubectl; paths are absolute. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export interface Entry {
  readonly name: string;
  /** The absolute path of its file. */
  readonly file: string;
  /** Names of fields that neither kubectl nor errand knows. */
  readonly unread: readonly string[];
}

export interface ContextEntry extends Entry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

export interface ClusterEntry extends Entry {
  readonly server: string;
  readonly tlsServerName: string;
  readonly skipsVerification: boolean;
  readonly authorityFile: string;
  /** PEM. */
  readonly authority: string;
  readonly proxyUrl: string;
  readonly disablesCompression: boolean;
  /** What an exec plugin of this cluster is told beside the cluster itself. */
  readonly execConfig: unknown;
}

export interface UserEntry extends Entry {
  readonly certificateFile: string;
  /** PEM. */
  readonly certificate: string;
  readonly keyFile: string;
  /** PEM. */
  readonly key: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly as: string;
  readonly asUid: string;
  readonly asGroups: readonly string[];
  readonly asExtra: Readonly<Record<string, readonly string[]>>;
  readonly username: string;
  readonly password: string;
  readonly authProvider: { readonly name: string; readonly config: Readonly<Record<string, string>> } | undefined;
  readonly exec: ExecSettings | undefined;
}

/** One file, or several that were merged. */
export interface Kubeconfig {
  readonly contexts: readonly ContextEntry[];
  readonly clusters: readonly ClusterEntry[];
  readonly users: readonly UserEntry[];
  readonly currentContext: string;
  readonly unread: readonly string[];
}

/**
 * Reads the text of one file.
 *
 * @param file absolute path
 * @throws {Error} that quotes names of fields and entries, but no values
 */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  // As kubectl: a word such as `no` is a boolean, and refused where a string belongs.
  const [document, ...others] = await readYaml(text, { hasBooleanWords: true });
  if (others.some(({ value }) => value !== null)) throw new Error("it has more than one document");
  const root = new Fields(document?.value, "");
  checkKind(root);
  root.raw("preferences");
  root.raw("extensions");
  const entriesOf = <T extends Entry>(list: string, field: string, read: (fields: Fields, entry: Entry) => T): T[] => {
    const entries = root
      .list(list, ({ name }) => `${field} "${name}"`)
      .map((named): T => {
        const name = named.text("name");
        const fields = named.within(field, `${field} "${name}"`) ?? new Fields({}, "");
        fields.raw("extensions");
        const found = read(fields, { name, file, unread: [] });
        return { ...found, unread: named.unread().map((each) => each.replace(`${field}.`, "")) };
      });
    const twice = entries.find(({ name }, index) => entries.findIndex((each) => each.name === name) !== index);
    if (twice !== undefined) throw new Error(`${list} has "${twice.name}" more than once`);
    return entries;
  };
  return {
    contexts: entriesOf("contexts", "context", contextOf),
    clusters: entriesOf("clusters", "cluster", clusterOf),
    users: entriesOf("users", "user", userOf),
    currentContext: root.text("current-context"),
    // These hold anchors for the rest of the file.
    unread: topLevel(root).filter((name) => !name.startsWith("x-")),
  };
}

/** Fields within entries are reported with their entries. */
function topLevel(root: Fields): string[] {
  return root.unread().filter((name) => !/^(?:contexts|clusters|users)\./.test(name));
}

function checkKind(root: Fields): void {
  const [kind, version] = [root.text("kind") || "Config", root.text("apiVersion") || "v1"];
  if (kind !== "Config" || version !== "v1") throw new Error(`it is a ${kind} of ${version}, not a Config of v1`);
}

function contextOf(fields: Fields, entry: Entry): ContextEntry {
  return {
    ...entry,
    cluster: fields.text("cluster"),
    user: fields.text("user"),
    namespace: fields.text("namespace"),
  };
}

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

function clusterOf(fields: Fields, entry: Entry): ClusterEntry {
  const extensions = fields
    .list("extensions")
    .map((each) => ({ name: each.text("name"), value: each.raw("extension") }));
  return {
    ...entry,
    server: fields.text("server"),
    tlsServerName: fields.text("tls-server-name"),
    skipsVerification: fields.flag("insecure-skip-tls-verify"),
    authorityFile: pathIn(fields, "certificate-authority", entry),
    authority: fields.data("certificate-authority-data"),
    proxyUrl: fields.text("proxy-url"),
    disablesCompression: fields.flag("disable-compression"),
    execConfig: extensions.find(({ name }) => name === EXEC_EXTENSION)?.value,
  };
}

function userOf(fields: Fields, entry: Entry): UserEntry {
  const provider = fields.within("auth-provider");
  const exec = fields.within("exec");
  return {
    ...entry,
    certificateFile: pathIn(fields, "client-certificate", entry),
    certificate: fields.data("client-certificate-data"),
    keyFile: pathIn(fields, "client-key", entry),
    key: fields.data("client-key-data"),
    token: fields.text("token"),
    tokenFile: pathIn(fields, "tokenFile", entry),
    as: fields.text("as"),
    asUid: fields.text("as-uid"),
    asGroups: fields.texts("as-groups"),
    asExtra: fields.map("as-user-extra", (extra, key) => extra.texts(key)),
    username: fields.text("username"),
    password: fields.text("password"),
    authProvider: provider && {
      name: provider.text("name"),
      config: provider.map("config", (config, key) => config.text(key)),
    },
    exec: exec && withOwnPath(readExecSettings(exec), entry),
  };
}

/** Relative paths start at the folder of their file. */
function pathIn(fields: Fields, name: string, { file }: Entry): string {
  const path = fields.text(name);
  return path === "" ? "" : resolve(dirname(file), path);
}

/** A plugin's relative path starts at the folder of its file, as for certificates; one without a slash is looked up in PATH. */
function withOwnPath(exec: ExecSettings, { file }: Entry): ExecSettings {
  return /[\\/]/.test(exec.command) ? { ...exec, command: resolve(dirname(file), exec.command) } : exec;
}
