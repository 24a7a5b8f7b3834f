import { readFileSync } from "node:fs";

function read(name: string): string {
  return readFileSync(new URL(`./certificates/${name}`, import.meta.url), "utf8");
}

export const CA = read("ca.pem");
export const OTHER_CA = read("other-ca.pem");
/** For localhost, 127.0.0.1 and ::1; certificate and key in one. */
export const SERVER = read("server.pem");
/** For api.example.test. */
export const NAMED = read("named.pem");
/** As `SERVER`, signed by `RENEWED_CA`. */
export const RENEWED = read("renewed.pem");
/** An authority that another one signed, which is not here. */
export const INTERMEDIATE_CA = read("intermediate-ca.pem");
/** As `SERVER`, signed by `INTERMEDIATE_CA`, with that certificate behind its own. */
export const CHAINED = read("chained.pem");
export const RENEWED_CA = read("renewed-ca.pem");
