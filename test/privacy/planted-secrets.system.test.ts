import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startServe, until } from "../daemon/daemon-process.ts";
import { filesOf, outputsOfCommands, outputsOfDaemon, textOf } from "./outputs.ts";
import { layoutOf, plantedRows, SECRETS, secretsIn } from "./planted-rows.ts";

const MINUTE_MS = 60_000;

/** Logs of each format, by a part of their path. */
const FORMATS = {
  iis: "LogFiles/W3SVC1",
  iis_back: "LogFiles/W3SVC2",
  httperr: "LogFiles/HTTPERR",
  http_proxy: "Logging/HttpProxy/Ews",
  http_proxy_mapi: "Logging/HttpProxy/Mapi",
  ews: "Logging/Ews/",
  mapi_http: "Logging/MapiHttp",
  events: "/events/",
};

describe("secrets planted in every column of every format, also in rows with shifted columns", () => {
  const folder = mkdtempSync(join(tmpdir(), "hma-planted-"));
  const farm = join(folder, "farm");
  const outputs = new Map<string, string>();
  const planted = new Map<string, number>();
  let openRequests = 0;

  beforeAll(async () => {
    await writeFarm(farm, {
      ...BARE_PLAN,
      startMs: Date.now() - 42 * MINUTE_MS,
      durationMs: 42 * MINUTE_MS,
      clients: 60,
      scenarios: [{ name: "stale-keys-crash", afterMs: 15 * MINUTE_MS, server: 0 }],
    });
    for (const path of filesOf(farm)) plant(path);
    const config = join(folder, "hma.yml");
    writeFileSync(config, `keys: { enabled: false }\nlog: { level: debug, file: ${join(folder, "own.log")} }\n`);
    const state = join(folder, "state");
    const daemon = startServe(farm, state, ["--config.file", config]);
    try {
      const url = await daemon.url;
      await until(
        async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
        120_000,
        () => daemon.messages.join("\n"),
      );
      for (const [name, text] of await outputsOfDaemon(url)) outputs.set(name, text);
    } finally {
      await daemon.stop();
    }
    outputs.set("its output", daemon.messages.join("\n"));
    for (const path of [...filesOf(state), join(folder, "own.log")])
      outputs.set(path.slice(folder.length + 1), textOf(path));
    const record: { engine: { requests: { open: unknown[] } } } = JSON.parse(
      (outputs.get("state/state.json") ?? "").split("\n").slice(1).join("\n"),
    );
    openRequests = record.engine.requests.open.length;
    for (const [name, text] of outputsOfCommands(farm, folder)) outputs.set(name, text);
  }, 600_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Appends rows with the time of the log's last row; refused ones if the log has any. */
  function plant(path: string): void {
    const format = Object.entries(FORMATS).find(([, part]) => path.includes(part))?.[0];
    if (format === undefined) return;
    const bytes = readFileSync(path);
    const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
    const rows = bytes
      .toString(isWide ? "utf16le" : "utf8")
      .split("\r\n")
      .filter((row) => row !== "" && !row.startsWith("#") && !row.startsWith("DateTime"));
    const row = rows.findLast((one) => /[ ,]401[ ,]/.test(one)) ?? rows.at(-1);
    const last = rows.at(-1);
    if (row === undefined || last === undefined) return;
    const made = [...new Set([row, last])].flatMap((one) => plantedRows(one, layoutOf(path)));
    planted.set(format, (planted.get(format) ?? 0) + made.length);
    appendFileSync(path, made.map((one) => `${one}\r\n`).join(""), isWide ? "utf16le" : "utf8");
  }

  test("are in all inputs, and many requests are open", () => {
    expect([...planted.keys()].sort()).toEqual(Object.keys(FORMATS).sort());
    for (const [format, count] of planted) expect([format, count > 100]).toEqual([format, true]);
    expect(openRequests).toBeGreaterThan(1_000);
    expect(outputs.size).toBeGreaterThan(25);
    expect([...outputs.keys()]).toEqual(expect.arrayContaining(["state/state.json", "state/state.json.previous"]));
  });

  test("are in no output and not in the state record", () => {
    expect([...outputs].map(([name, text]) => [name, ...secretsIn(text)]).filter((found) => found.length > 1)).toEqual(
      [],
    );
  });

  test("would be found by this test", () => {
    for (const { kind, text } of SECRETS) expect(secretsIn(`{"peerServer":"${text.toUpperCase()}"}`)).toContain(kind);
  });
});
