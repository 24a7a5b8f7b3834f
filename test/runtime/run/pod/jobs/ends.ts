// One job, and every way in which it can end without the cluster.
import { setInterval } from "node:timers";
import { z } from "zod";
import { defineJob, FatalError } from "../../../../../runtime/index.ts";

const { keptExit } = globalThis as unknown as { keptExit: typeof process.exit };

const ENDINGS: Readonly<Record<string, () => unknown>> = {
  returns: () => ({ done: true }),
  throws: () => {
    throw new Error("the disk is full");
  },
  throwsFatal: () => {
    throw new FatalError("the disk is gone");
  },
  exits: () => process.exit(0),
  exitsByTheKeptExit: () => keptExit.call(process, 0),
  exitsInATimer: () => {
    setTimeout(() => process.exit(), 1);
    return forever();
  },
  forgetsAPromise: () => {
    Promise.reject(new TypeError("nobody awaited this"));
    return forever();
  },
  throwsInATimer: () => {
    setTimeout(() => {
      throw new RangeError("thrown where nobody catches");
    }, 1);
    return forever();
  },
  neverSettles: () => new Promise(() => {}),
  returnsABigInt: () => ({ bytes: 12n }),
  returnsMuch: () => "x".repeat(300_000),
  leavesATimer: () => {
    setInterval(() => {}, 1_000);
    return "done";
  },
  setsTheExitCode: () => {
    process.exitCode = 3;
    process.on("exit", () => {
      console.log("from the job's exit listener");
      process.exitCode = 4;
    });
    return "done";
  },
  printsWithoutALineBreak: () => {
    console.log("a whole line");
    process.stderr.write("to stderr");
    process.stdout.write("half a line");
    return "done";
  },
};

/** Keeps the event loop busy, so that the process does not end by itself. */
function forever(): Promise<never> {
  setInterval(() => {}, 1_000);
  return new Promise(() => {});
}

export default defineJob({
  params: z.object({ how: z.enum(Object.keys(ENDINGS)) }),
  access: {},
  run: ({ params }) => ENDINGS[params.how]?.(),
});
