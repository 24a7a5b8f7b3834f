import { defineJob } from "errand";

/** What plain JavaScript could write: the types know nothing of it. */
interface Undeclared {
  readonly secrets: { list(): AsyncIterable<unknown> };
}

export default defineJob({
  description: "Reads Secrets, which it did not declare",
  access: { pods: ["list"] },
  async run({ kube }) {
    let count = 0;
    for await (const _ of (kube as unknown as Undeclared).secrets.list()) count++;
    return { count };
  },
});
