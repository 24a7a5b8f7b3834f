// Checks the types beside a command, and says what it found when that has ended: node .ci/with-types.mjs COMMAND [ARGUMENT…]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

const [command, ...args] = process.argv.slice(2);
const checking = spawn("npm", ["run", "--silent", "typecheck"], { stdio: ["ignore", "pipe", "inherit"] });
const running = spawn(command, args, { stdio: "inherit" });
// Ctrl-C reaches both by itself, and the command may have something to put away.
process.on("SIGINT", () => {});
const [[code], [typesCode], errors] = await Promise.all([
  once(running, "close"),
  once(checking, "close"),
  text(checking.stdout),
]);
process.stdout.write(errors);
console.log(typesCode === 0 ? "Types: no errors" : "Types: FAILED");
process.exitCode = code || typesCode ? 1 : 0;
