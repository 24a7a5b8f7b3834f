import { randomInt } from "node:crypto";

/** What Kubernetes itself makes random names of: no vowels, so no words, and nothing that is mistaken for another. */
const LETTERS = "bcdfghjklmnpqrstvwxz";
const LETTERS_AND_DIGITS = `${LETTERS}2456789`;

/**
 * A name for the Job of a run that a person triggers. It begins with a letter after the dash, so that it is never taken for one of the schedule,
 * whose names end in digits.
 */
export function manualRunName(job: string): string {
  const pick = (characters: string) => characters[randomInt(characters.length)] ?? "";
  return `${job}-${pick(LETTERS)}${Array.from({ length: 4 }, () => pick(LETTERS_AND_DIGITS)).join("")}`;
}
