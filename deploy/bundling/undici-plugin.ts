import type { Plugin } from "esbuild";

const HTTP2_CLIENT = /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$/;
const WHEN_CALLED = "?when-called";

/**
 * Loads undici's HTTP/2 half, and node:http2 with it, when it is called: the runtime's client speaks HTTP/1.1 only, and each start of a pod would pay
 * 8 ms for it. A job that uses undici itself still has it.
 */
export function undiciPlugin(): Plugin {
  return {
    name: "undici-http2",
    setup(build) {
      build.onLoad({ filter: HTTP2_CLIENT }, ({ suffix }) =>
        suffix === WHEN_CALLED
          ? null
          : {
              contents: `module.exports = (...all) => require("./client-h2.js${WHEN_CALLED}")(...all);`,
              loader: "js",
            },
      );
    },
  };
}
