import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";

/** A program to run. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** It is killed after this. */
  readonly timeoutSeconds: number;
}

/** What one run of a program took, as the kernel tells its parent (wait4). */
export interface Measurement {
  /** From before it was started until it had ended. */
  readonly wallSeconds: number;
  /** In user and in kernel mode, all threads. */
  readonly cpuSeconds: number;
  /** The highest resident set. */
  readonly peakMiB: number;
  /** -1 if a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where measured programs run. */
export interface Place {
  /** File of a network namespace, such as /run/netns/x; absent: this process's own. */
  readonly network?: string;
  /** Folder with token, ca.crt and namespace, to be mounted where a kubelet mounts it; absent: nothing is mounted. */
  readonly serviceAccount?: string;
}

/** The service account goes where every client looks for it; only in here, by a mount namespace. */
const ENTER = `
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io
cp -R "$1" /run/secrets/kubernetes.io/serviceaccount
exec "$2"`;

/** Runs programs one after another in the same place and measures them. */
export class Meter implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  /** @param program the built `measure` of test/cluster/kubernetes */
  constructor(program: string, place: Place) {
    const network = place.network === undefined ? [] : ["nsenter", `--net=${place.network}`];
    const mounts =
      place.serviceAccount === undefined ? [] : ["unshare", "--mount", "sh", "-ec", ENTER, "sh", place.serviceAccount];
    const [first = "", ...rest] = [...network, ...mounts, program];
    this.#child = spawn(first, rest, { stdio: "pipe" });
    this.#child.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.#child.stdout);
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async measure(command: Command): Promise<Measurement> {
    const env = Object.entries(command.env).map(([name, value]) => `${name}=${value}`);
    this.#child.stdin.write(`${JSON.stringify({ ...command, env })}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("the measuring program ended; it needs root, for its mount namespace");
    return JSON.parse(value) as Measurement;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }
}
