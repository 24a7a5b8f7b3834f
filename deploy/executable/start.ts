// The first script that the executable's Node runs; its `require` knows only Node's own modules. It is small because it also runs for each embedded pod, with
// the V8 flags of that pod, for which no script can be compiled beforehand.

import Module from "node:module";
import { getAsset, getRawAsset } from "node:sea";
import { Script } from "node:vm";
import { RUN_SCRIPT, RUN_TEXT } from "../../runtime/embedded/kubelet/command.ts";
import { ASSETS } from "./carried-assets.ts";

// After the executable itself comes the name that it was called by, where Node would have the script.
const FIRST_WORD = 2;

if (process.argv[FIRST_WORD] === RUN_SCRIPT) {
  process.argv.splice(1, FIRST_WORD);
  Module.runMain(process.argv[1]);
} else if (process.argv[FIRST_WORD] === RUN_TEXT) {
  const [text = ""] = process.argv.splice(1, FIRST_WORD + 1).slice(FIRST_WORD);
  Object.assign(globalThis, { require });
  new Script(text, { filename: "[eval]" }).runInThisContext();
} else {
  const script = new Script(Module.wrap(getAsset(ASSETS.commandLine, "utf8")), {
    filename: ASSETS.commandLine,
    cachedData: new Uint8Array(getRawAsset(ASSETS.commandLineCache)),
  });
  script.runInThisContext()({}, require);
}
