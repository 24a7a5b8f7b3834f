import { readFileSync } from "node:fs";

const README = readFileSync(new URL("../../../runtime/README.md", import.meta.url), "utf8");
const IMPORT = /^import \{ (.*) \} from "(errand(?:\/kube)?)";$/gm;

/** An example's imports from the package: names, with `type` before types, and the entry. */
export interface ExampleImport {
  readonly names: string;
  readonly entry: "errand" | "errand/kube";
}

/** An example of the client's documentation: the body of a function that has `kube`. */
export interface ClientExample {
  readonly imports: readonly ExampleImport[];
  readonly body: string;
}

/** Every block of TypeScript in the documentation of the client, in its order. */
export const EXAMPLES: readonly ClientExample[] = [
  ...README.slice(README.indexOf("## The client")).matchAll(/```ts\n(.*?)```/gs),
].map(([, code = ""]) => ({
  imports: [...code.matchAll(IMPORT)].map(([, names = "", entry]) => ({
    names,
    entry: entry as ExampleImport["entry"],
  })),
  body: code.replaceAll(IMPORT, "").trim(),
}));

const ALL = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;
/** What they use. */
export const ACCESS = {
  pods: ALL,
  configmaps: ALL,
  deployments: ALL,
  replicasets: ALL,
  events: ALL,
  "deployments/scale": ALL,
  "deployments/status": ALL,
  "pods/log": ALL,
  "pods/exec": ALL,
  "pods/portforward": ALL,
  "pods/eviction": ALL,
  "pods/attach": ALL,
  "pods/resize": ALL,
  "pods/ephemeralcontainers": ALL,
  "pods/binding": ALL,
  secrets: ALL,
  serviceaccounts: ALL,
  "serviceaccounts/token": ALL,
  namespaces: ALL,
  "namespaces/finalize": ALL,
  certificatesigningrequests: ALL,
  "certificatesigningrequests/approval": ALL,
  "certificates.cert-manager.io": ALL,
  "certificates.cert-manager.io/status": ALL,
  "nodes/proxy": ALL,
  "services/proxy": ALL,
  "/metrics": ALL,
  "/livez": ALL,
} as const;

/** What the table of `access` says that there is: methods, and what else `kube` has. */
export const DOCUMENTED: readonly string[] = [...README.matchAll(/^\| .+ \| (?<gives>(?:`\w+[^`]*`[^`|]*)+) \|$/gm)]
  .filter(({ index }) => index > README.indexOf("| `access` | gives |"))
  .flatMap(({ groups }) => [...(groups?.gives ?? "").matchAll(/`(\w+)(?:\([^`]*)?(?:\.\w+)?`/g)])
  .map(([, name = ""]) => name);
