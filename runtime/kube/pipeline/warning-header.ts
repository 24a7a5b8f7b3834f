/** One warning: `299 - "text"`, perhaps followed by a date in quotes. https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
const ONE_WARNING = /\s*(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?:,|$)/y;
/** The code that Kubernetes uses for its own warnings. */
const KUBERNETES_CODE = "299";
const MAX_TEXT_CHARACTERS = 1_024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/;

/** Reads Warning headers; several may stand in one. What cannot be read is left out. */
export function parseWarnings(header: string | readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of typeof header === "string" ? [header] : header) {
    ONE_WARNING.lastIndex = 0;
    for (let match = ONE_WARNING.exec(line); match !== null; match = ONE_WARNING.exec(line)) {
      const text = (match[3] ?? "").replace(/\\(.)/g, "$1");
      if (match[1] === KUBERNETES_CODE && text !== "" && !CONTROL_CHARACTER.test(text)) {
        texts.push(text.slice(0, MAX_TEXT_CHARACTERS));
      }
      if (ONE_WARNING.lastIndex >= line.length) break;
    }
  }
  return texts;
}
