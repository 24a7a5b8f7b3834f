import { isRecord } from "../../runtime/job/problem.ts";
import { style } from "../terminal/talk.ts";

const COLORS: Readonly<Record<string, (text: string) => string>> = {
  debug: style.gray,
  info: style.cyan,
  warn: style.yellow,
  error: style.red,
};

/** Writes one line of a run's log for people: time, level, message, fields. What is not of the runtime's making stays as it is. */
export function describeLogLine(line: string): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { time, level, message, ...fields } = entry;
  const color = COLORS[String(level)] ?? ((text: string) => text);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" && !value.includes("\n") ? value : JSON.stringify(value)}`,
  );
  return [
    String(time).slice(11, 19),
    color(String(level).padEnd(5)),
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
