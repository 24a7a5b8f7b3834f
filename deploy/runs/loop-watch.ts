import { closeSync, openSync } from "node:fs";
import { url as debuggerUrl } from "node:inspector";
import { devNull } from "node:os";
import { Worker } from "node:worker_threads";

/** How often the event loop shows that it turns, in milliseconds. */
const BEAT_MS = 200;
/** Without a beat for so long it counts as blocked. */
const BLOCKED_MS = 1_000;
/** After so long beyond the deadline the process is killed: it waits for something outside JavaScript, such as a command that it runs. */
const KILL_AFTER_MS = 10_000;
/** Signals that a blocked event loop would never hear of. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Where the thread finds what it calls in here, in the midst of whatever blocks the loop. */
const HOOKS = Symbol.for("errand.run.loopWatch");

/**
 * What the thread does. It is text, since a file would have to be found in an installation, in the sources and in the executable alike.
 * An inspector session reaches into JavaScript that never gives the event loop back.
 */
const THREAD = `
const { Session } = require("node:inspector");
const { writeSync } = require("node:fs");
const { shared, deadlineMs, blockedMs, killAfterMs, everyMs, hooks, note } = require("node:worker_threads").workerData;
const begun = performance.now();
let beats = 0, since = begun, isReleased = false, brokenOffAt;
function call(hook) {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.evaluate", { expression: hooks + "." + hook + "()" }, () => session.disconnect());
}
setInterval(() => {
  const now = performance.now();
  if (Atomics.load(shared, 0) !== beats) {
    beats = Atomics.load(shared, 0);
    since = now;
    isReleased = false;
    return;
  }
  if (now - since < blockedMs || Atomics.load(shared, 1) === 1) return;
  if (!isReleased) call("release");
  isReleased = true;
  if (now - begun < deadlineMs) return;
  if (brokenOffAt === undefined) {
    brokenOffAt = now;
    writeSync(2, note);
    call("breakOff");
  }
  if (now - brokenOffAt > killAfterMs) process.kill(process.pid, "SIGKILL");
}, everyMs);
`;

/**
 * Watches this process's event loop from a thread of its own while a job runs in it, as the kubelet and the Job controller watch a pod from outside. A job
 * that blocks the loop beyond the deadline is broken off; as long as it blocks the loop, Ctrl-C ends the process at once, since nobody in here would hear of
 * it. Nothing is done while a debugger is attached.
 *
 * @param deadlineMs from now on
 * @param breakOff ends the process: called in the midst of what the job does
 */
export function watchLoop(deadlineMs: number, breakOff: () => void): void {
  // Beats; whether a debugger may hold the loop.
  const shared = new Int32Array(new SharedArrayBuffer(8));
  let held: (() => void)[] = [];
  const release = (): void => {
    held = SIGNALS.flatMap((name) => process.listeners(name).map((listener) => () => process.on(name, listener)));
    for (const name of SIGNALS) process.removeAllListeners(name);
  };
  Object.defineProperty(globalThis, HOOKS, { value: { release, breakOff } });
  const beat = (): void => {
    for (const hold of held.splice(0)) hold();
    Atomics.store(shared, 1, debuggerUrl() === undefined ? 0 : 1);
    Atomics.add(shared, 0, 1);
  };
  setInterval(beat, BEAT_MS).unref();
  const thread = new Worker(THREAD, {
    eval: true,
    workerData: {
      ...{ shared, deadlineMs, blockedMs: BLOCKED_MS, killAfterMs: KILL_AFTER_MS, everyMs: BEAT_MS },
      hooks: `globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(HOOKS))})]`,
      note: "The job blocked the event loop past its timeout and was stopped.\n",
    },
  });
  thread.unref();
  thread.on("error", () => {}); // a Node without an inspector: the run then has its own timers only
}

/** Sends what is still written to stderr nowhere: Node says there that it waits for the debugger, which the thread is to it and which it does not wait for. */
export function silenceStderr(): void {
  closeSync(2);
  openSync(devNull, "w"); // takes the lowest number that is free
}
