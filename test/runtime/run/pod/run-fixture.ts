// The pod's entry without its bundle: node run-fixture.ts <job file>
import { runInPod } from "../../../../runtime/main.ts";

// What a library that was loaded first may have kept.
Object.assign(globalThis, { keptExit: process.exit });
const file = process.argv[2] ?? "";
void runInPod(async () => ((await import(file)) as { default: unknown }).default);
