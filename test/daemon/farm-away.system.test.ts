import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { scrape, startServe, until, type DaemonProcess } from "./daemon-process.ts";

const FIELDS = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status\r\n";
const WAIT_MS = 30_000;
jest.setTimeout(180_000);

let folder = "";
let farm = "";
let daemon: DaemonProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-away-"));
  farm = join(folder, "farm");
});
afterEach(async () => {
  await daemon?.kill();
  daemon = null;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function writeLogs(servers: readonly string[]): void {
  const now = new Date().toISOString();
  const day = now.slice(2, 10).replaceAll("-", "");
  for (const server of servers) {
    const path = join(farm, server, "LogFiles", "W3SVC1", `u_ex${day}.log`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      `${FIELDS}${now.slice(0, 10)} ${now.slice(11, 19)} 10.0.0.1 GET /EWS/Exchange.asmx - 443 - 10.0.0.9 200\r\n`,
    );
  }
}

async function start(more: readonly string[] = []): Promise<string> {
  daemon = startServe(farm, join(folder, "state"), more);
  return daemon.url;
}

const says = (): string => daemon?.messages.join("\n") ?? "";

async function answerOf(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url);
  return { status: answer.status, text: await answer.text() };
}

async function targets(url: string): Promise<string[]> {
  const { status, text } = await answerOf(`${url}/sd`);
  expect(status).toBe(200);
  const groups: unknown = JSON.parse(text);
  return Array.isArray(groups) ? groups.map((group: { labels: { instance: string } }) => group.labels.instance) : [];
}

async function logsFound(url: string, server: string): Promise<number | undefined> {
  return (await scrape(`${url}/metrics/servers/${server}`, /^hma_server_logs_found/)).get("hma_server_logs_found");
}

async function knowsBoth(): Promise<void> {
  writeLogs(["EX01", "EX02"]);
  const url = await start();
  await until(async () => ((await logsFound(url, "EX02")) === 1 ? true : null), WAIT_MS, says);
  await until(async () => ((await answerOf(`${url}/-/ready`)).status === 200 ? true : null), WAIT_MS, says);
  await daemon?.stop();
}

describe("A daemon started without access to its farm", () => {
  test.each([
    ["missing", () => undefined],
    ["empty", () => mkdirSync(farm)],
  ])("keeps the known servers as targets when the folder is %s, and continues when it is back", async (_, leave) => {
    await knowsBoth();
    renameSync(farm, join(folder, "elsewhere"));
    leave();
    const url = await start();
    expect(await targets(url)).toEqual(["EX01", "EX02"]);
    expect([await logsFound(url, "EX01"), await logsFound(url, "EX02")]).toEqual([0, 0]);
    const ready = await answerOf(`${url}/-/ready`);
    expect(ready.status).toBe(503);
    expect(ready.text).toContain(farm);
    expect(ready.text).toContain("LogFiles");
    expect((await answerOf(url)).text).toContain(farm);
    expect(daemon?.messages.filter((line) => line.includes(farm) && /"level":"warn"/.test(line)).length).toBe(1);
    rmSync(farm, { recursive: true, force: true });
    renameSync(join(folder, "elsewhere"), farm);
    await until(async () => ((await logsFound(url, "EX01")) === 1 ? true : null), WAIT_MS, says);
    await until(async () => ((await answerOf(`${url}/-/ready`)).status === 200 ? true : null), WAIT_MS, says);
  });

  test("returns an error instead of an empty list, and is not ready, while it knows no server", async () => {
    const url = await start();
    const discovery = await answerOf(`${url}/sd`);
    expect(discovery.status).toBe(503);
    expect(discovery.text).toContain(farm);
    const ready = await answerOf(`${url}/-/ready`);
    expect([ready.status, ready.text.includes(farm)]).toEqual([503, true]);
    writeLogs(["EX01"]);
    await until(async () => ((await answerOf(`${url}/sd`)).status === 200 ? true : null), WAIT_MS, says);
    await until(async () => ((await answerOf(`${url}/-/ready`)).status === 200 ? true : null), WAIT_MS, says);
  });
});

describe("A server without logs", () => {
  test("is a target if it is configured", async () => {
    writeLogs(["EX01"]);
    const config = join(folder, "hma.yml");
    writeFileSync(config, "servers: [EX01, EX77]\n");
    const url = await start(["--config.file", config]);
    await until(async () => ((await logsFound(url, "EX01")) === 1 ? true : null), WAIT_MS, says);
    expect(await targets(url)).toEqual(["EX01", "EX77"]);
    expect(await logsFound(url, "EX77")).toBe(0);
  });

  test("stays a target without its folder until it is removed on purpose", async () => {
    await knowsBoth();
    rmSync(join(farm, "EX02"), { recursive: true });
    const url = await start();
    expect(await targets(url)).toEqual(["EX01", "EX02"]);
    expect(await logsFound(url, "EX02")).toBe(0);
    await daemon?.stop();
    const config = join(folder, "hma.yml");
    writeFileSync(config, "retiredServers: [ex02]\n");
    expect(await targets(await start(["--config.file", config]))).toEqual(["EX01"]);
  });

  test("sets its gauge to 0 when its log files disappear at run time", async () => {
    writeLogs(["EX01", "EX02"]);
    const url = await start();
    await until(async () => ((await logsFound(url, "EX02")) === 1 ? true : null), WAIT_MS, says);
    rmSync(join(farm, "EX02"), { recursive: true });
    await until(async () => ((await logsFound(url, "EX02")) === 0 ? true : null), WAIT_MS, says);
    expect(await targets(url)).toEqual(["EX01", "EX02"]);
  });
});
