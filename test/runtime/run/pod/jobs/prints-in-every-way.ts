// Prints its secret by the ways, in the encodings and with the cuts that a test gives.
import { writeSync } from "node:fs";
import { z } from "zod";
import { defineJob } from "../../../../../runtime/index.ts";
import { ENCODINGS, type Print, SINKS, WHOLE_SINKS } from "../../output/ways-to-print.ts";

// It is not yet known which parameters are secret while the file loads.
const { secret } = JSON.parse(process.env.ERRAND_PARAMS ?? "{}") as { secret: string };
console.log(`at load ${secret}`);
writeSync(2, `at load ${encodeURIComponent(secret)}\n`);

export default defineJob({
  params: z.object({ secret: z.string(), prints: z.array(z.unknown()) }),
  secretParams: ["secret"],
  access: {},
  async run({ params }) {
    for (const { sink, encoding, cuts } of params.prints as Print[]) {
      const text = Buffer.from(`<${ENCODINGS[encoding]?.(params.secret)}>`);
      const shares = WHOLE_SINKS.includes(sink) ? [] : cuts;
      const places = [
        0,
        ...shares.map((share) => Math.floor((share * text.length) / 100)).sort((one, other) => one - other),
      ];
      for (const [index, from] of places.entries()) await SINKS[sink]?.(text.subarray(from, places[index + 1]));
      await new Promise(setImmediate);
      console.log("");
      console.error("");
    }
  },
});
