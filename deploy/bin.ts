#!/usr/bin/env node
// Every old Node must be able to read this file, whose first sign of age would otherwise be a stack trace: no static import, no new syntax.
const needed = 24;
const found = process.versions.node;

if (Number(found.split(".")[0]) >= needed) {
  import("./cli.ts").then((cli) => cli.main(process.argv));
} else {
  process.stderr.write(
    `errand needs Node.js ${needed} or newer, and this is ${found} (${process.execPath}).\n` +
      "Get one from https://nodejs.org, or `npm install --save-dev node@26` and call it by `npx errand`.\n",
  );
  process.exitCode = 2;
}
