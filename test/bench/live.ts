import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MAIN } from "./farms.ts";
import { cpuTicks, freePort, residentBytes, TICKS_PER_SECOND, until } from "./process-cost.ts";

const HEADER =
  "#Fields: DateTime,RequestId,Protocol,UrlStem,AuthenticationType,AuthenticatedUser,HttpStatus,ClientIpAddress,UserAgent,GenericInfo\r\n";

/** Measures a daemon for a farm of one server: delay from a row to /metrics, cost while idle, and cost of a million clients. */
export async function measureLive(folder: string): Promise<void> {
  const farm = join(folder, "live/farm");
  rmSync(join(folder, "live"), { recursive: true, force: true });
  const logs = join(farm, "EX01/Logging/HttpProxy/Ews");
  mkdirSync(logs, { recursive: true });
  // Sample: HttpProxy_2026112208-1.LOG
  const log = join(logs, `HttpProxy_${new Date().toISOString().slice(0, 13).replace(/[-T]/g, "")}-1.LOG`);
  writeFileSync(log, HEADER);
  const port = await freePort();
  const daemon = spawn(
    process.execPath,
    [MAIN, "serve", "--farm", farm, "--state", join(folder, "live/state"), "--web.listen-address", `127.0.0.1:${port}`],
    { stdio: "ignore" },
  );
  const pid = daemon.pid ?? 0;
  const base = `http://127.0.0.1:${port}`;
  try {
    await until(async () => (await requests(base)) >= 0, 60_000);
    appendFileSync(log, rowOf(0, "10.1.1.1", 200));
    await until(async () => (await requests(base)) >= 1, 60_000);
    await rowToMetrics(base, log);
    await idle(pid);
    await millionClients(base, log, pid);
  } finally {
    daemon.kill("SIGTERM");
  }
}

async function rowToMetrics(base: string, log: string): Promise<void> {
  const delays: number[] = [];
  for (let turn = 1; turn <= 10; turn++) {
    await wait(137 * turn);
    const before = await requests(base);
    const startMs = performance.now();
    appendFileSync(log, rowOf(turn, "10.1.1.1", 200));
    await until(async () => (await requests(base)) > before, 60_000);
    delays.push(performance.now() - startMs);
  }
  delays.sort((a, b) => a - b);
  console.log(
    `live: a row appended is in hma_requests_total after ${(delays[5] ?? 0).toFixed(0)} ms (median of 10), ` +
      `${(delays.at(-1) ?? 0).toFixed(0)} ms at most`,
  );
}

async function idle(pid: number): Promise<void> {
  await wait(5_000);
  const before = cpuTicks(pid);
  await wait(30_000);
  console.log(
    `live: idle, ${(((cpuTicks(pid) - before) / TICKS_PER_SECOND / 30) * 100).toFixed(2)} % of a core over 30 s`,
  );
}

/** Every second client is refused, so that it must be followed. */
async function millionClients(base: string, log: string, pid: number): Promise<void> {
  const before = await requests(base);
  const rssBefore = residentBytes(pid);
  const startMs = performance.now();
  for (let part = 0; part < 100; part++) {
    let text = "";
    for (let index = 0; index < 10_000; index++)
      text += rowOf(
        1_000 + part * 10_000 + index,
        `10.${part}.${index >> 8}.${index & 255}`,
        index % 2 === 0 ? 401 : 200,
      );
    appendFileSync(log, text);
  }
  await until(async () => (await requests(base)) >= before + 1_000_000, 600_000);
  const page = await (await fetch(`${base}/metrics`)).text();
  // Sample: hma_exporter_clients_dropped_total 450000
  const dropped = page.split("\n").filter((line) => /^hma_exporter_(?:clients|joins)_dropped_total/.test(line));
  console.log(
    `live: a million clients in ${((performance.now() - startMs) / 1000).toFixed(1)} s, resident ` +
      `${(rssBefore / 1e6).toFixed(0)} -> ${(residentBytes(pid) / 1e6).toFixed(0)} MB; ${dropped.join("; ")}`,
  );
}

function rowOf(id: number, address: string, status: number): string {
  const reason = status === 401 ? "S:ServiceCommonMetadata.OAuthErrorCategory=InvalidSignature" : "";
  return `${new Date().toISOString()},bench-${id},Ews,/EWS/Exchange.asmx,Bearer,,${status},${address},bench,${reason}\r\n`;
}

/** Requests counted so far; -1 if the page is not available. */
async function requests(base: string): Promise<number> {
  const answer = await fetch(`${base}/metrics/servers/EX01`).catch(() => null);
  if (answer?.ok !== true) return -1;
  // Sample: hma_requests_total{protocol="ews",scheme="bearer",result="success"} 12
  return [...(await answer.text()).matchAll(/^hma_requests_total\{[^}]*\} (\d+)/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
}
