import { type CommandOptions, type CommandResult, mustRun, run } from "../support/command.ts";
import type { ClusterAccess } from "./access.ts";
import { PATIENCE_MS } from "./until.ts";

/** The cluster's own kubectl as its administrator, in one namespace. */
export class Kubectl {
  readonly #access: ClusterAccess;
  readonly #namespace: string;

  /**
   * @param access the cluster
   * @param namespace where it acts unless a command says otherwise
   */
  constructor(access: ClusterAccess, namespace = "default") {
    this.#access = access;
    this.#namespace = namespace;
  }

  /**
   * Runs kubectl, however it ends.
   *
   * @param args what follows `kubectl`
   * @param options what goes to its standard input, and what ends it
   */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return await run(this.#command(args), options);
  }

  /**
   * Runs a kubectl that has to succeed.
   *
   * @param args what follows `kubectl`
   * @param options what goes to its standard input, and what ends it
   * @returns its standard output
   */
  async text(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return await mustRun(this.#command(args), options);
  }

  /**
   * Reads objects as they are on the server.
   *
   * @param args what follows `kubectl get`: a kind, a name, a selector
   * @returns the object or the list, of the type the caller knows it to be
   */
  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.text(["get", ...args, "--output=json"])) as T;
  }

  /**
   * Creates or changes objects.
   *
   * @param objects the objects
   */
  async apply(...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.text(["apply", "--server-side", "--force-conflicts", "--filename=-"], { input: JSON.stringify(list) });
  }

  /**
   * Waits, by a watch, until a condition holds.
   *
   * @param condition what follows `--for=`: `condition=Complete`, `create`, `delete`, `jsonpath={.status.phase}=Running`
   * @param what the object or a selector: `["job/x"]`, `["pod", "--selector=app=x"]`
   * @throws when it does not hold in time
   */
  async waitFor(condition: string, what: readonly string[]): Promise<void> {
    await this.text(["wait", `--for=${condition}`, `--timeout=${PATIENCE_MS / 1_000}s`, ...what]);
  }

  #command(args: readonly string[]): readonly [string, ...string[]] {
    const { kubectl, kubeconfig } = this.#access;
    return [kubectl, `--kubeconfig=${kubeconfig}`, `--namespace=${this.#namespace}`, ...args];
  }
}
