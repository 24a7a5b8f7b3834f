import { defineJob } from "errand";

/** The shortest useful run: the first answer to a list of pods. */
export default defineJob({
  access: { pods: ["list"] },
  async run({ kube }) {
    const pods = await kube.pods.list().toArray();
    return { count: pods.length };
  },
});
