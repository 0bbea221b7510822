import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { createProgress } from "../../src/commands/progress/progress.ts";
import type { Progress } from "../../src/commands/progress/progress-figures.ts";
import { smallFarm, type SmallFarm } from "../analysis/small-farm.ts";
import { PROGRAM } from "../program.ts";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in its own process. `onError` is called with the standard error so far. */
async function run(
  args: readonly string[],
  { onError, env = {} }: { onError?: (said: string, interrupt: () => void) => void; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, "analyze", ...args], {
    env: { ...process.env, ...env, NODE_NO_WARNINGS: "1" },
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    onError?.(err, () => {
      child.kill("SIGINT");
    });
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

describe("analyze", () => {
  let small: SmallFarm;
  beforeAll(async () => {
    small = await smallFarm(["stale-keys-crash"]);
  }, 60_000);
  afterAll(() => small.remove());

  test("a folder without logs is an error that states what was expected, not an all-clear", async () => {
    const empty = join(small.folder, "empty");
    await mkdir(join(empty, "EX01"), { recursive: true });
    const { code, out, err } = await run([empty]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(`Cannot analyze "${empty}": no log of Exchange or IIS was found there`);
    expect(err).toContain(`${empty}/EX01/LogFiles/W3SVC1`);
  });

  test("writes report and history in one run", async () => {
    const output = join(small.folder, "report.html");
    const history = join(small.folder, "history.om");
    const { code, out, err } = await run([
      small.farm,
      "--format",
      "html",
      "--output",
      output,
      "--openmetrics",
      history,
      "--openmetrics.step",
      "2m",
      "--openmetrics.job",
      "hma-contoso",
      "--openmetrics.instance",
      "monitor:10401",
    ]);
    expect([code, out]).toEqual([0, ""]);
    expect(err).toMatch(/^reading \d+ MB\n(read .*\n)*writing the history\n$/);
    expect(await readFile(output, "utf8")).toContain("1 incident on 1 server");
    const text = await readFile(history, "utf8");
    expect(text).toMatch(/# EOF\n$/);
    expect(text).toContain(
      'hma_key_changes_total{kind="entra_keys_published",instance="monitor:10401",job="hma-contoso"} ',
    );
    const seconds = [...text.matchAll(/^up\{.*\} 1 (\d+)$/gm)].map(([, at]) => Number(at));
    expect(seconds.every((at) => at % 120 === 0)).toBe(true);
  }, 60_000);

  test("text, JSON and HTML contain the same numbers", async () => {
    const [text, json, page] = await Promise.all(
      ["text", "json", "html"].map((format) => run([small.farm, "--format", format])),
    );
    const { summary, incidents, servers, keyChanges } = JSON.parse(json!.out) as {
      summary: { clients: number; clientMinutes: number };
      incidents: { rejections: number; clients: number }[];
      servers: string[];
      keyChanges: { kind: string }[];
    };
    expect(servers).toEqual(small.truth.servers);
    expect(keyChanges.map(({ kind }) => kind)).toEqual(small.truth.keyChanges.map(({ kind }) => kind));
    expect(incidents.map(({ rejections, clients }) => ({ rejections, clients }))).toEqual(
      small.truth.incidents.map(({ rejections, clients }) => ({ rejections, clients })),
    );
    expect(text!.out).toContain(`${summary.clients} clients, ${summary.clientMinutes} client-minutes`);
    expect(page!.out).toContain(
      `${summary.clients} clients lost ${summary.clientMinutes.toLocaleString("en-US")} minutes`,
    );
    for (const { rejections } of incidents) {
      expect(text!.out).toContain(`${rejections.toLocaleString("en-US")} refusals`);
      expect(page!.out).toContain(`>${rejections.toLocaleString("en-US")}<`);
    }
  }, 120_000);

  test("unreadable files are listed at the end, and the exit code is 1", async () => {
    const broken = join(small.farm, "EX01/LogFiles/W3SVC1/u_ex261117.log");
    await symlink("/nowhere/at/all", broken);
    const { code, out } = await run([small.farm, "--since", "2026-11-16T07:00", "--until", "2026-11-18"]);
    expect(code).toBe(1);
    expect(out).toContain("Not read   1: 1 no such file or folder (ENOENT); all else was read");
    expect(out).toContain("Incidents  1");
    expect((await run([small.farm, "--until", "2026-11-17"])).out).toContain("Incidents  1");
  }, 60_000);

  test.each([
    { args: ["--rules", "/nowhere/rules"], env: {}, code: 1, message: 'Cannot read the rules in "/nowhere/rules": ' },
    {
      args: ["--rules", "alerts"],
      env: { PATH: "/nowhere" },
      code: 1,
      message:
        "Cannot test alerts: prometheus is not installed or not on the PATH (it comes with Prometheus 2.42 or later)",
    },
    {
      args: ["--openmetrics", "/nowhere/history.om"],
      env: {},
      code: 2,
      message: 'Cannot write "/nowhere/history.om": its folder does not exist or is not writable',
    },
    {
      args: ["--openmetrics.step", "7s"],
      env: {},
      code: 2,
      message: 'Cannot read --openmetrics.step "7s": 1m, 2m, 3m, 4m or 5m is expected',
    },
    {
      args: ["--threads", "0"],
      env: {},
      code: 2,
      message: 'Cannot read --threads "0": a whole number from 1 to 64 is expected',
    },
    { args: ["--since", "yesterday"], env: {}, code: 2, message: 'Cannot read --since "yesterday"' },
  ] as const)(
    "$args with $env is refused before anything is read",
    async ({ args, env, code, message }) => {
      const ended = await run([small.farm, ...args], { env: { ...env } });
      expect(ended.code).toBe(code);
      expect(ended.err).toContain(`hma-exporter: ${message}`);
      expect(ended.err).not.toContain("reading");
    },
    60_000,
  );

  test.each(["1", "2"])(
    "Ctrl-C is reported and leaves no partial file, threads: %s",
    async (threads) => {
      const long = join(small.folder, `long-${threads}`);
      const folder = join(long, "EX01/LogFiles/W3SVC1");
      await mkdir(folder, { recursive: true });
      const log = await readFile(join(small.farm, "EX01/LogFiles/W3SVC1/u_ex261116.log"));
      for (let copy = 0; copy < 400_000_000 / log.length; copy++) await appendFile(join(folder, "u_ex261116.log"), log);
      await appendFile(join(folder, "u_ex261117.log"), log);
      let isInterrupted = false;
      const { code, out, err } = await run(
        [
          long,
          "--threads",
          threads,
          "--format",
          "html",
          "--output",
          join(long, "report.html"),
          "--openmetrics",
          join(long, "history.om"),
        ],
        {
          onError: (said, interrupt) => {
            if (!isInterrupted && said.startsWith("reading")) interrupt();
            isInterrupted = true;
          },
        },
      );
      expect([code, out]).toEqual([1, ""]);
      expect(err).toMatch(/hma-exporter: Interrupted: nothing was written\n$/);
      expect(await readdir(long)).toEqual(["EX01"]);
    },
    120_000,
  );
});

describe("createProgress()", () => {
  async function shown(isTTY: boolean): Promise<{ said: () => string; progress: Progress }> {
    const stream = Object.assign(new PassThrough(), {
      isTTY,
      columns: 100,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    });
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    return { said: () => text, progress: await createProgress(stream as unknown as NodeJS.WriteStream) };
  }

  test("draws a bar with rate and remaining time on a terminal, and removes it at the end", async () => {
    const { said, progress } = await shown(true);
    progress.update(5_000_000, 10_000_000);
    progress.say("alerts, 1 of 2");
    progress.stop();
    progress.stop();
    await new Promise(setImmediate);
    expect(said()).toMatch(/50 %\s+5 of 10 MB, \d+ MB\/s, .+ left/);
    expect(said()).toContain("alerts, 1 of 2 …");
    expect(said().endsWith("\r\u001b[K")).toBe(true);
  });

  test("prints plain lines without a terminal", async () => {
    const { said, progress } = await shown(false);
    for (let done = 1; done < 100; done++) progress.update(done * 1e6, 1e8);
    for (let rule = 1; rule < 5; rule++) progress.say(`alerts, ${rule} of 4`);
    progress.stop();
    await new Promise(setImmediate);
    expect(said()).toBe("reading 100 MB\nalerts\n");
  });
});
