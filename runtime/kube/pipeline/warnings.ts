import type { Step } from "../requests/request.ts";
import type { StatsRecorder } from "./stats.ts";
import { parseWarnings } from "./warning-header.ts";

/** Keeps what the API server warns about, such as deprecated versions; error answers and streams warn as well. */
export function warnings(stats: StatsRecorder, onWarning?: (text: string) => void): Step {
  return (next) => async (request) => {
    const response = await next(request);
    const header = response.headers.warning;
    if (header !== undefined) {
      for (const text of parseWarnings(header)) {
        if (stats.warn(text)) onWarning?.(text);
      }
    }
    return response;
  };
}
