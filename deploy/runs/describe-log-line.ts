import { isRecord } from "../../runtime/job/problem.ts";
import { type Style, style as talkStyle } from "../terminal/talk.ts";

const COLORS: Readonly<Record<string, keyof Style>> = { debug: "gray", info: "cyan", warn: "yellow", error: "red" };

/**
 * Writes one line of a run's log for people: time, level, message, fields. What is not of the runtime's making stays as it is.
 *
 * @param style colours of the output that it goes to
 */
export function describeLogLine(line: string, style: Style = talkStyle): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { time, level, message, ...fields } = entry;
  const color = COLORS[String(level)];
  const shownLevel = String(level).padEnd(5);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" && !value.includes("\n") ? value : JSON.stringify(value)}`,
  );
  return [
    String(time).slice(11, 19),
    color === undefined ? shownLevel : style[color](shownLevel),
    indented(String(message)),
    ...rest.map(style.dim),
  ].join(" ");
}

/** A message of several lines cannot pass for several messages. */
function indented(message: string): string {
  return message.replaceAll("\n", `\n${" ".repeat("00:00:00 level ".length)}`);
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && "time" in value && "level" in value && "message" in value ? value : undefined;
  } catch {
    return undefined;
  }
}
