import { randomBytes } from "node:crypto";

/**
 * What must not reach a terminal unchanged: control characters (C0, DEL and C1, ECMA-48), characters that have no width or change the direction of a text (Unicode's
 * default-ignorable code points, which include the bidirectional controls: https://trojansource.codes), other line ends, and halves of characters.
 */
const HIDDEN = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Stands for the escape character in what errand itself writes. No other text can hold it, since each process draws it at random. */
const OWN_ESCAPE = `\ue000${randomBytes(8).toString("hex")}`;
const OWN_SEQUENCE = new RegExp(`${OWN_ESCAPE}\\[[\\d;]*[A-Za-z]`, "g");

/** As in JSON, so that JSON keeps its meaning. */
function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}

/** Makes everything in a text visible, line breaks too: for a cell of a table, or a name within a line. */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, escapeCharacter);
}

/** The same for a text of several lines, which stay lines. */
export function visibleLines(text: string): string {
  return text.replaceAll(HIDDEN, (character) => (character === "\n" ? character : escapeCharacter(character)));
}

/** Marks escape sequences as errand's own. @param text must not hold anything from elsewhere */
export function own(text: string): string {
  return text.replaceAll("\x1b", OWN_ESCAPE);
}

/** A text as a terminal gets it: errand's own sequences work, all others are made visible. */
export function forTerminal(text: string): string {
  return visibleLines(text).replaceAll(OWN_ESCAPE, "\x1b");
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns a text takes that has no hidden characters. https://www.unicode.org/reports/tr11/ */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replaceAll(OWN_SEQUENCE, ""))
    width += WIDE.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1;
  return width;
}

type Write = NodeJS.WriteStream["write"];

const rawWrites = new Map<NodeJS.WriteStream, Write>();
let questions = 0;

/**
 * From now on makes control characters visible in all that this process writes to stdout and stderr: names and messages from a cluster can then neither move the cursor,
 * nor overwrite earlier lines, nor make the terminal answer. Only errand's own sequences stay.
 */
export function guardTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (rawWrites.has(stream)) continue;
    const write = stream.write.bind(stream) as Write;
    rawWrites.set(stream, write);
    stream.write = ((chunk: string | Uint8Array, ...rest: []) =>
      write(
        questions > 0 ? chunk : forTerminal(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()),
        ...rest,
      )) as Write;
  }
}

/** Writes data that is not for people, unchanged. */
export function writeRaw(stream: NodeJS.WriteStream, text: string | Uint8Array): void {
  (rawWrites.get(stream) ?? stream.write.bind(stream))(text);
}

/** Writes an answer for another program, such as a shell, kubectl or jq, unchanged unless it goes to a terminal. */
export function answerRaw(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(text);
  else writeRaw(process.stdout, text);
}

/** Asks a person with a form that moves the cursor itself. @param ask must write only visible text */
export async function askOnTerminal<T>(ask: () => Promise<T>): Promise<T> {
  questions += 1;
  try {
    return await ask();
  } finally {
    questions -= 1;
  }
}
