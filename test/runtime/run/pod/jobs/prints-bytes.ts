// Prints characters byte by byte, and much at once, and says whether the callbacks came and in which order.
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  access: {},
  async run() {
    for (const byte of Buffer.from("é€😀\n")) process.stdout.write(Buffer.of(byte));
    process.stdout.write(Buffer.from("in hex\n").toString("hex"), "hex");
    console.log("x".repeat(100_000));
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      process.stdout.write("first\n", () => order.push("first"));
      process.stdout.write("second\n", "utf8", () => {
        order.push("second");
        resolve();
      });
      order.push("returned");
    });
    let refusal = "";
    try {
      process.stdout.write(42 as unknown as string);
    } catch (error) {
      refusal = Reflect.get(Object(error), "code");
    }
    return { order, refusal };
  },
});
