import { describe, expect, it } from "vitest";
import { LOG_TAIL_LINES, LogTail } from "../../../runtime/run/output/log-tail.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { sampleReport } from "../run/report/sample-report.ts";
import { ask, sampleSource } from "./status-source.ts";

interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** Reads events as https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation says. */
async function* eventsOf({ headers, body }: Response): AsyncGenerator<SentEvent, undefined> {
  expect(headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  for await (const part of body ?? []) {
    text += Buffer.from(part).toString();
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => /^([a-z]*): ?(.*)$/s.exec(line)?.slice(1) ?? []);
      const all = (name: string) => fields.flatMap(([field, value]) => (field === name ? [value ?? ""] : []));
      if (all("data").length > 0) {
        yield { event: all("event")[0] ?? "message", id: all("id")[0], data: all("data").join("\n") };
      }
    }
  }
}

const write = (log: LogTail, text: string): void => log.write(Buffer.from(text));
const STREAM = { accept: "text/event-stream" };

describe("/logs as events", () => {
  it("has each line with its number, those that come later too, and says when the run is over", async () => {
    const log = new LogTail();
    const run = new AbortController();
    write(log, "one\ntwo\n");
    const events = eventsOf(await ask("/logs", STREAM, sampleSource({ log, ended: run.signal })));
    expect((await events.next()).value).toEqual({ event: "message", id: "1", data: "one" });
    expect((await events.next()).value).toEqual({ event: "message", id: "2", data: "two" });
    const third = events.next();
    write(log, "three\r\n");
    expect((await third).value).toEqual({ event: "message", id: "3", data: "three\n" });
    const last = events.next();
    run.abort();
    expect((await last).value).toEqual({ event: "end", id: undefined, data: '{"outcome":"succeeded"}' });
    expect((await events.next()).done).toBe(true);
  });

  it("goes on after the line that a reader has seen, and says how many are missing that are no longer kept", async () => {
    const log = new LogTail();
    for (let line = 1; line <= LOG_TAIL_LINES + 100; line += 1) write(log, `${line}\n`);
    const source = sampleSource({ log });
    const first = async (lastId: string) =>
      (await eventsOf(await ask("/logs", { ...STREAM, headers: { "last-event-id": lastId } }, source)).next()).value;
    expect(await first("2050")).toEqual({ event: "message", id: "2051", data: "2051" });
    expect(await first("40")).toEqual({ event: "gap", id: undefined, data: '{"missing":60}' });
    for (const odd of ["99999", "-1", "NaN", "1.5", "1e400"]) expect((await first(odd))?.event, odd).toBe("gap");
  });

  it("makes nothing that its reader does not take", async () => {
    let read = 0;
    class CountedLog extends LogTail {
      override from(from: number, most?: number) {
        read += 1;
        return super.from(from, most);
      }
    }
    const log = new CountedLog();
    const answer = await ask("/logs", STREAM, sampleSource({ log }));
    for (let line = 0; line < 1_000; line += 1) write(log, "line\n");
    expect(read).toBe(0);
    await answer.body?.cancel();
  });
});

describe("/events", () => {
  it("tells progress when it changes, and the end", async () => {
    const run = new AbortController();
    let report: Report = { ...sampleReport, outcome: "running", progress: { done: 1 } };
    const source = sampleSource({ report: () => report, ended: run.signal });
    const events = eventsOf(await ask("/events", STREAM, source));
    expect(JSON.parse((await events.next()).value?.data ?? "")).toMatchObject({
      outcome: "running",
      progress: { done: 1 },
      logLines: 3,
    });
    const next = events.next();
    report = { ...report, progress: { done: 2 } };
    expect(JSON.parse((await next).value?.data ?? "")).toMatchObject({ progress: { done: 2 } });
    const last = events.next();
    report = { ...report, outcome: "succeeded" };
    run.abort();
    const { event, data } = (await last).value ?? {};
    expect([event, JSON.parse(data ?? "").outcome]).toEqual(["end", "succeeded"]);
  });

  it("ends with the whole last page for a page that was open, since the pod is gone then", async () => {
    const run = new AbortController();
    run.abort();
    const events = eventsOf(await ask("/events?last=page", STREAM, sampleSource({ ended: run.signal })));
    const { event, data } = (await events.next()).value ?? {};
    expect(event).toBe("end");
    expect(data).toMatch(/^<!doctype html>[\s\S]*Succeeded in[\s\S]*<\/html>$/);
  });
});
