// The one call that needs no declared access.
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({ access: {}, run: ({ kube }) => kube.versions() });
