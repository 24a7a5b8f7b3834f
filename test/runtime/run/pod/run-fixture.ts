// The pod's entry for a job that is a bundle of its own: node run-fixture.mjs <job file>
import { runInPod } from "../../../../runtime/main.ts";

// What a library that was loaded first may have kept.
Object.assign(globalThis, { keptExit: process.exit });
const file = process.argv[2] ?? "";
void runInPod(async () => ((await import(file)) as { default: unknown }).default);
