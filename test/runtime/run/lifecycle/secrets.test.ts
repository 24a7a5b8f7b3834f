import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { defineJob } from "../../../../runtime/index.ts";
import { secretFileReader } from "../../../../runtime/run/pod/secret-files.ts";
import { finish, type Job, setUp } from "./run-setup.ts";

const secrets = { token: "billing/token" } as const;

describe("a job's secrets", () => {
  it("are passed to the job by name", async () => {
    const seen: unknown[] = [];
    const run = (context: object) => seen.push(Reflect.get(context, "secrets"));
    const job = { secrets, run } as Partial<Job>;
    const { outcome } = await finish(setUp(job, { inputs: { secret: (_name, key) => `value of ${key}` } }).options);
    expect(outcome).toBe("succeeded");
    expect(seen).toEqual([{ token: "value of billing/token" }]);
  });

  it("are redacted when the job prints, returns, logs and throws them", async () => {
    const value = "hunter2-hunter2\n";
    const leak = ({
      log,
      progress,
      secrets,
    }: {
      log: { info: (text: string) => void };
      progress: (value: string) => void;
      secrets: { token: string };
    }) => {
      log.info(`token ${secrets.token}`);
      progress(`at ${secrets.token.trim()}`);
      throw new Error(`no ${secrets.token.trim()} in base64: ${btoa(secrets.token)}`);
    };
    const { options, lines } = setUp({ secrets, run: leak } as unknown as Partial<Job>, {
      inputs: { secret: () => value },
    });
    const report = await finish(options);
    expect(report.error?.message).toContain("[redacted]");
    const everything = JSON.stringify(report) + lines.join("\n");
    for (const form of ["hunter2-hunter2", btoa(value), btoa(value.trim())]) expect(everything).not.toContain(form);
  });

  it("end the run as invalid, before the job is called, if one is missing", async () => {
    const run = () => expect.unreachable("the job was called");
    const { outcome, error } = await finish(setUp({ secrets, run } as Partial<Job>).options);
    expect(outcome).toBe("invalid");
    expect(error).toMatchObject({ reason: "MissingSecret", message: expect.stringContaining("secrets.token") });
  });

  it("are typed by their declared names", () => {
    defineJob({
      access: {},
      secrets: { token: "billing/token" },
      run({ secrets }) {
        expectTypeOf(secrets).toEqualTypeOf<{ readonly token: string }>();
      },
    });
    defineJob({
      access: {},
      run({ secrets }) {
        // @ts-expect-error no secret is declared
        secrets.token;
      },
    });
  });
});

describe("secretFileReader", () => {
  it("reads a file unchanged, and names a missing one", () => {
    const folder = mkdtempSync(join(tmpdir(), "errand-secrets-"));
    writeFileSync(join(folder, "token"), " a\n");
    const read = secretFileReader(folder);
    expect(read("token", "billing/token")).toBe(" a\n");
    expect(() => read("other", "billing/other")).toThrow(/secrets\.other: .* cannot be read \(ENOENT\)/);
    rmSync(folder, { recursive: true });
  });
});
