import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Writable } from "node:stream";
import { openLogger } from "../../src/logging/open-logger.ts";
import type { LoggerOptions } from "../../src/logging/open-logger.ts";

/** A stream that stores what is written to it. */
function collector(): { output: Writable; lines: () => string[] } {
  const chunks: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString("utf8"));
      done();
    },
  });
  return {
    output,
    lines: () =>
      chunks
        .join("")
        .split("\n")
        .filter((line) => line !== ""),
  };
}

async function written(
  options: Partial<LoggerOptions>,
  use: (logger: ReturnType<typeof openLogger>) => void,
): Promise<string[]> {
  const { output, lines } = collector();
  const logger = openLogger({ level: "info", format: "json", output, file: null, ...options });
  use(logger);
  await logger.close();
  return lines();
}

describe("openLogger()", () => {
  test("writes a sentence with its fields as JSON", async () => {
    const [line] = await written({}, (logger) =>
      logger.info("Checkpoint written", { path: "/var/lib/hma", bytes: 12, isLate: false }),
    );
    const parsed = JSON.parse(line ?? "");
    expect(parsed).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: "info",
      message: "Checkpoint written",
      path: "/var/lib/hma",
      bytes: 12,
      isLate: false,
    });
    expect(Object.keys(parsed).slice(0, 3)).toEqual(["time", "level", "message"]);
  });

  test("writes logfmt like Prometheus", async () => {
    const [line] = await written({ format: "logfmt" }, (logger) =>
      logger.warn("Cannot read the log", { path: "/a b", count: 3, servers: ["EX01", "EX02"] }),
    );
    expect(line).toMatch(/^time=\S+Z level=warn msg="Cannot read the log" path="\/a b" count=3 servers="EX01,EX02"$/);
  });

  test("omits lines below its level, and follows a change of level", async () => {
    const lines = await written({ level: "warn" }, (logger) => {
      logger.info("One");
      logger.warn("Two");
      logger.setLevel("debug");
      logger.debug("Three");
    });
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(["Two", "Three"]);
  });

  test("lets no field replace the line's own fields", async () => {
    const [line] = await written({}, (logger) =>
      logger.info("True", { message: "false", level: "error", time: "never" }),
    );
    expect(JSON.parse(line ?? "")).toMatchObject({
      message: "True",
      level: "info",
      time: expect.stringContaining("T"),
    });
  });

  test("escapes a line break in a value", async () => {
    const lines = await written({ format: "logfmt" }, (logger) => logger.info("One", { error: "first\nsecond" }));
    expect(lines).toHaveLength(1);
  });

  test("drops lines after close(), and can be closed twice", async () => {
    const { output, lines } = collector();
    const logger = openLogger({ level: "info", format: "json", output, file: null });
    logger.info("One");
    await logger.close();
    await logger.close();
    logger.info("Two");
    expect(lines()).toHaveLength(1);
  });

  test("close() waits for a slow stream", async () => {
    const seen: string[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        seen.push(chunk.toString("utf8"));
        setImmediate(done);
      },
    });
    const logger = openLogger({ level: "info", format: "json", output: slow, file: null });
    for (let count = 0; count < 200; count++) logger.info("Line", { count });
    await logger.close();
    expect(seen.join("").trim().split("\n")).toHaveLength(200);
  });

  test("continues after its stream breaks", async () => {
    const broken = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error("EPIPE"));
      },
    });
    const logger = openLogger({ level: "info", format: "json", output: broken, file: null });
    logger.info("One");
    logger.info("Two");
    await logger.close();
  });

  test("loses no line if the process exits after close()", () => {
    const script = `
      import { openLogger } from "./src/logging/open-logger.ts";
      const logger = openLogger({ level: "info", format: "json", output: process.stdout, file: null });
      for (let count = 0; count < 5000; count++) logger.info("Line", { count, text: "x".repeat(100) });
      await logger.close();
      process.exit(0);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: resolve(import.meta.dirname, "../.."),
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    expect(output.trim().split("\n")).toHaveLength(5000);
  });
});

describe("the content of a line", () => {
  test.each([
    [
      "a token",
      "refused eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiIwMDAwMDAwMiJ9.c2lnbmF0dXJl",
      "refused [token]",
    ],
    ["an Authorization header", "Authorization: Bearer abcdef0123456789", "Authorization: Bearer [token]"],
    [
      "a password in an address",
      "proxy http://user:secret@proxy.example:8080 said 407",
      "proxy http://[account]@proxy.example:8080 said 407",
    ],
    ["a mail address", "no mailbox for jane.doe+x@mail.example.com here", "no mailbox for [account] here"],
    ["a mailbox id", "MailboxId=0f8fad5b-d9cb-469f-a165-70867728950e@example.com", "MailboxId=[account]"],
    ["a domain account", "denied to CONTOSO\\jane.doe", "denied to [account]"],
    ["a security id", "owner S-1-5-21-3623811015-3361044348-30300820-1013", "owner [account]"],
    ["an IPv4 address", "connect ECONNREFUSED 203.0.113.7:443", "connect ECONNREFUSED [address]:443"],
    ["an IPv6 address", "from 2001:db8:85a3::8a2e:370:7334 again", "from [address] again"],
    ["a query", "GET /EWS/Exchange.asmx?ClientId=ABC&User=jane failed", "GET /EWS/Exchange.asmx?[query] failed"],
    [
      "nothing of the kind",
      "WAS 5011 at 08:10:00 in C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex261122.log, build 15.2.1544.11, 127.0.0.1 and ::1",
      "WAS 5011 at 08:10:00 in C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex261122.log, build 15.2.1544.11, 127.0.0.1 and ::1",
    ],
    [
      "a path of Exchange",
      "open 'C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\HttpProxy\\Ews'",
      "open 'C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\HttpProxy\\Ews'",
    ],
    ["a share", "\\\\ex01\\logs$\\LogFiles", "\\\\ex01\\logs$\\LogFiles"],
  ])("does not contain %s", async (_name, text, kept) => {
    const [line] = await written({}, (logger) => logger.warn("It failed", { error: new Error(text), because: text }));
    expect(JSON.parse(line ?? "")).toMatchObject({ error: kept, because: kept });
  });

  test("contains an error with its causes", async () => {
    const [line] = await written({}, (logger) =>
      logger.error("State not written", {
        error: new Error("Cannot write the state", { cause: new Error("ENOSPC: no space left") }),
      }),
    );
    expect(JSON.parse(line ?? "").error).toBe("Cannot write the state: ENOSPC: no space left");
  });

  test("is withheld under a field name that is not on the list", async () => {
    const [line] = await written({}, (logger) =>
      logger.info("Row", { user: "jane", clientIp: "x", count: 3, server: "EX01", state: { token: "x" } }),
    );
    expect(JSON.parse(line ?? "")).toMatchObject({
      user: "[withheld]",
      clientIp: "[withheld]",
      count: 3,
      server: "EX01",
      state: "[withheld]",
    });
  });

  test("is truncated to a limited length", async () => {
    const [line] = await written({}, (logger) =>
      logger.info("Long", { error: `start ${"x ".repeat(990)}jane.doe${".doe".repeat(50_000)}@example.com` }),
    );
    expect(line?.length).toBeLessThan(3000);
    expect(line).not.toContain("doe");
  });

  test("contains the exporter's own listen addresses", async () => {
    const [line] = await written({}, (logger) =>
      logger.info("Listening", { url: "http://192.0.2.1:10401", version: "1.2.3.4" }),
    );
    expect(JSON.parse(line ?? "")).toMatchObject({ url: "http://192.0.2.1:10401", version: "1.2.3.4" });
  });
});

describe("the log file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hma-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("contains JSON whatever format the stream has", async () => {
    const lines = await written(
      { format: "logfmt", file: { path: join(folder, "hma.log"), maxBytes: 100_000, maxFiles: 2 } },
      (logger) => logger.info("One", { count: 1 }),
    );
    expect(lines[0]).toMatch(/^time=/);
    expect(JSON.parse(readFileSync(join(folder, "hma.log"), "utf8"))).toMatchObject({ message: "One", count: 1 });
  });

  test("is created with its folder, and a failure is reported", async () => {
    const path = join(folder, "a/b/hma.log");
    const lines = await written({ file: { path, maxBytes: 100_000, maxFiles: 2 } }, (logger) => logger.info("One"));
    expect(readFileSync(path, "utf8").trim()).toBe(lines[0]);
    expect(() =>
      openLogger({
        level: "info",
        format: "json",
        output: null,
        file: { path: join(path, "c.log"), maxBytes: 100_000, maxFiles: 2 },
      }),
    ).toThrow(/^Cannot open the log file ".*c\.log": .*/);
  });

  test("does not keep the process alive when it is removed", async () => {
    const path = join(folder, "hma.log");
    const logger = openLogger({
      level: "info",
      format: "json",
      output: null,
      file: { path, maxBytes: 10_000, maxFiles: 2 },
    });
    logger.info("One");
    rmSync(folder, { recursive: true });
    for (let count = 0; count < 200; count++) logger.info("Line", { count, text: "x".repeat(100) });
    await logger.close();
  });

  test("is rotated by size, keeps its name, and only a limited number of files is kept", async () => {
    const logger = openLogger({
      level: "info",
      format: "json",
      output: null,
      file: { path: join(folder, "hma.log"), maxBytes: 10_000, maxFiles: 3 },
    });
    for (let count = 0; count < 600; count++) {
      logger.info("Line", { count, text: "x".repeat(100) });
      if (count % 20 === 0) await new Promise((done) => setImmediate(done));
    }
    await logger.close();
    expect(readdirSync(folder).sort()).toEqual(["hma.log", "hma.log.1", "hma.log.2"]);
    const newest = readFileSync(join(folder, "hma.log"), "utf8").trim().split("\n").at(-1);
    expect(JSON.parse(newest ?? "").count).toBe(599);
  });
});
