import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandResult, run } from "../support/command.ts";
import type { ClusterAccess } from "./access.ts";
import { type AuditEvent, type AuditFilter, audit } from "./audit.ts";
import { processesOfPod } from "./host/cgroups.ts";
import { Kubectl } from "./kubectl.ts";
import { until } from "./until.ts";

const COMMAND_LINE = fileURLToPath(new URL("../../deploy/bin.ts", import.meta.url));

/**
 * A namespace of a test file's own, which enforces the restricted Pod Security level.
 *
 * @example
 * let namespace: TestNamespace;
 * beforeAll(async () => { namespace = await TestNamespace.create(inject("cluster"), "schedule"); });
 * afterAll(() => namespace.delete());
 */
export class TestNamespace {
  readonly access: ClusterAccess;
  readonly name: string;
  /** kubectl as the cluster's administrator, in this namespace. */
  readonly kubectl: Kubectl;

  private constructor(access: ClusterAccess, name: string) {
    this.access = access;
    this.name = name;
    this.kubectl = new Kubectl(access, name);
  }

  /**
   * Creates one, and waits until pods can start in it.
   *
   * @param access the cluster
   * @param theme what it is for; its name begins so
   */
  static async create(access: ClusterAccess, theme: string): Promise<TestNamespace> {
    const namespace = new TestNamespace(access, `${theme}-${randomBytes(3).toString("hex")}`);
    await namespace.kubectl.apply({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace.name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    // A pod is refused without the one, and its volumes are late without the other.
    const made = ["serviceaccount/default", "configmap/kube-root-ca.crt"];
    await Promise.all(made.map((what) => namespace.kubectl.waitFor("create", [what])));
    return namespace;
  }

  /**
   * Runs errand's command line against this namespace, as a person would in a shell.
   *
   * @param args what follows `errand`
   * @param signal ends it with SIGTERM
   */
  async errand(args: readonly string[], signal?: AbortSignal): Promise<CommandResult> {
    const env = { KUBECONFIG: this.access.kubeconfig };
    const command = [process.execPath, COMMAND_LINE, ...args, "--namespace", this.name] as const;
    return await run(command, signal === undefined ? { env } : { env, signal });
  }

  /**
   * What the API server answered to a pod's identity of this namespace, wherever that looked.
   *
   * @param serviceAccount whose requests
   * @param filter which of them
   */
  async requestsOf(serviceAccount: string, filter: Omit<AuditFilter, "user"> = {}): Promise<readonly AuditEvent[]> {
    return await audit(this.access, { ...filter, user: `system:serviceaccount:${this.name}:${serviceAccount}` });
  }

  /**
   * The process ids of a pod on this machine, for a test to kill.
   *
   * @param pod the pod's name
   * @param command a word of the command line of those that are wanted
   */
  async processesOf(pod: string, command: string): Promise<readonly number[]> {
    const { metadata } = await this.kubectl.get<{ metadata: { uid: string } }>(`pod/${pod}`);
    const processes = await processesOfPod(this.access.name, metadata.uid);
    // One that has ended since has no command line.
    const commands = await Promise.all(
      processes.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
    );
    return processes.filter((_, index) => commands[index]?.includes(command));
  }

  /**
   * What the containers of a pod have left in their termination logs so far: the kubelet tells it only when they have ended.
   *
   * @param uid the pod's `metadata.uid`
   */
  async terminationLogsOf(uid: string): Promise<string> {
    const folder = join(this.access.stateDirectory, "lib/kubelet/pods", uid, "containers");
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
    return texts.join("\n");
  }

  /**
   * Waits until the API server's authorizer has heard of a Role, or of its end: it learns of both a moment after they are stored.
   *
   * @param serviceAccount of this namespace
   * @param verb one of RBAC's
   * @param resource its plural
   * @param may whether it is to be allowed, or to be refused
   */
  async untilMay(serviceAccount: string, verb: string, resource: string, may: boolean): Promise<void> {
    const as = `--as=system:serviceaccount:${this.name}:${serviceAccount}`;
    await until(`${serviceAccount} ${may ? "may" : "may not"} ${verb} ${resource}`, async () => {
      // It may add why not: that a binding's Role is not there.
      const { stdout } = await this.kubectl.run(["auth", "can-i", verb, resource, as]);
      return stdout.startsWith(may ? "yes" : "no");
    });
  }

  /** Enforces no Pod Security level any more, and waits until the API server's admission has heard of it: a moment after it is stored. */
  async allowAnyPod(): Promise<void> {
    await this.kubectl.text(["label", "namespace", this.name, "pod-security.kubernetes.io/enforce-"]);
    const spec = { containers: [{ name: "main", image: "none" }] };
    const input = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "asks" }, spec });
    await until(`any pod is taken in ${this.name}`, async () => {
      return (await this.kubectl.run(["create", "--dry-run=server", "--filename=-"], { input })).code === 0;
    });
  }

  /** Deletes it with everything in it. It does not wait: the cluster ends soon, and others need the time. */
  async delete(): Promise<void> {
    await this.kubectl.text(["delete", "namespace", this.name, "--wait=false"]);
  }
}
