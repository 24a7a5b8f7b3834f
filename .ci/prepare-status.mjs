// The last step of npm run build.
import { minifiedOptions } from "../dist/deploy/build/options.js";
import { prepareStatus } from "../dist/deploy/build/status-apart.js";

await prepareStatus(minifiedOptions());
