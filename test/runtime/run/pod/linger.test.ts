import { afterEach, describe, expect, it } from "vitest";
import { project } from "../../../support/project.ts";
import { type ChildRun, type ChildRunOptions, childRuns } from "./child-run.ts";

const runs = childRuns(project());
afterEach(runs.stop);

interface Lingering {
  readonly run: ChildRun;
  readonly url: string;
  /** Lets the job return or throw. */
  end(): void;
}

async function start(linger: string, options: ChildRunOptions = {}): Promise<Lingering> {
  const run = runs.start("lingers", { ...options, env: { LINGER: linger } });
  const { port } = await run.logged("status endpoint is listening");
  await run.logged("waiting");
  return { run, url: `http://127.0.0.1:${port}`, end: () => void run.process.kill("SIGUSR2") };
}

describe("linger", () => {
  it("keeps the endpoint up after the report, with the run's last metrics, until SIGTERM", async () => {
    const { run, url, end } = await start("10m");
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('errand_run_outcome{outcome="running"} 1');
    end();
    await expect.poll(() => run.recorded()?.outcome).toBe("succeeded");
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('errand_run_outcome{outcome="succeeded"} 1');
    expect(await (await fetch(`${url}/result`)).json()).toBe("done");
    expect(run.process.exitCode).toBeNull();
    run.process.kill("SIGTERM");
    const { code, report } = await run.ended;
    expect({ code, outcome: report.outcome, result: report.result }).toEqual({
      code: 0,
      outcome: "succeeded",
      result: "done",
    });
  });

  it("ends by itself with the run's exit code when its time is up", async () => {
    const { run, end } = await start("100ms", { params: { fails: true } });
    end();
    const { code, report } = await run.ended;
    expect({ code, outcome: report.outcome }).toEqual({ code: 1, outcome: "failed" });
  });

  it("is left out when an error that nobody caught ended the run while its job was at work", async () => {
    const run = runs.start("lingers", { params: { forgets: true }, env: { LINGER: "10m" } });
    const { code, report } = await run.ended;
    expect({ code, outcome: report.outcome, message: report.error?.message }).toEqual({
      code: 1,
      outcome: "failed",
      message: "nobody awaited this",
    });
  });

  it("is left out when SIGTERM ended the run", async () => {
    const { run } = await start("10m");
    run.process.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ code: 143, report: { outcome: "cancelled" } });
  });

  it("is not needed for a stream that is open: it hears of the end, and a reader that takes nothing does not hold it up", async () => {
    const { run, url, end } = await start("0s");
    const streams = await Promise.all(
      ["/events", "/logs", "/logs"].map((path) => fetch(url + path, { headers: { accept: "text/event-stream" } })),
    );
    const texts = streams.slice(0, 2).map(readToEnd);
    end();
    const [events, log] = await Promise.all(texts);
    expect(events).toMatch(/event: end\ndata: \{"outcome":"succeeded"/);
    expect(log).toMatch(/event: end\ndata: \{"outcome":"succeeded"/);
    expect((await run.ended).code).toBe(0);
  });

  it("holds a run no longer when 500 readers of its streams and pages take nothing", async () => {
    const { run, url, end } = await start("0s");
    const readers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        fetch(url + (index % 2 === 0 ? "/logs" : "/"), {
          headers: { accept: index % 2 === 0 ? "text/event-stream" : "text/html" },
        }).catch(() => {}),
      ),
    );
    expect(readers.some((each) => each?.ok)).toBe(true);
    end();
    expect(await run.ended).toMatchObject({ code: 0, report: { outcome: "succeeded", result: "done" } });
  });
});

/** What came until the connection was cut, as it is when the process ends. */
async function readToEnd({ body }: Response): Promise<string> {
  let text = "";
  try {
    for await (const part of body ?? []) text += Buffer.from(part).toString();
  } catch {
    // A process that has ended closes no stream in order.
  }
  return text;
}
