import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { repetitions } from "../soak.ts";
import { countedPages, differences } from "./counted-pages.ts";
import { scrape, startServe, until, type DaemonProcess } from "./daemon-process.ts";

/** User requests per second and server: 1.9 million rows of two servers in the long form, 300 thousand in the usual form. */
const RATE = repetitions({ usual: 10, soak: 60 });
const STOPS = repetitions({ usual: 2, soak: 6 });
/** Maximum number of starts until enough stops were during the first reading. */
const MAX_STARTS = 10 * STOPS;
const HOUR_MS = 3_600_000;
const SERVERS = ["EX01", "EX02"];
const WAIT_MS = 600_000;

/** True if the record in the state folder belongs to an unfinished first reading. */
function isOfFirstReading(state: string): boolean {
  const record: { clock: { lagMs: number | null } } = JSON.parse(
    readFileSync(join(state, "state.json"), "utf8").split("\n").slice(1).join("\n"),
  );
  return record.clock.lagMs === null;
}

/** Time of the last write of the state; 0 before the first one. */
function writtenMs(state: string): number {
  return statSync(join(state, "state.json"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Lines of the first server read so far. */
async function linesOf(url: string): Promise<number> {
  const values = await scrape(`${url}/metrics/servers/EX01`, /^hma_log_lines_total\{/);
  return [...values.values()].reduce((sum, lines) => sum + lines, 0);
}

/**
 * Adds a row of one server long after the others, so that requests that wait ten minutes for late files are counted when it is read, in
 * whatever steps the reading continued.
 */
function addLastRow(folder: string, atMs: number): void {
  const [date = "", time = ""] = new Date(atMs).toISOString().slice(0, 19).split("T");
  const path = join(folder, "LogFiles", "W3SVC1", `u_ex${date.slice(2).replaceAll("-", "")}.log`);
  appendFileSync(
    path,
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
      "sc-status sc-substatus sc-win32-status time-taken\r\n" +
      `${date} ${time} 10.0.0.1 POST /EWS/Exchange.asmx - 443 - 192.0.2.9 Outlook/16.0 200 0 0 5\r\n`,
  );
}

test(
  `a daemon stopped up to ${STOPS} times during its first reading exits cleanly, and counts the same as an ` +
    "undisturbed one",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hma-stop-"));
    const [farm, state] = [join(folder, "farm"), join(folder, "stopped")];
    await writeFarm(farm, {
      ...BARE_PLAN,
      startMs: Date.now() - 2 * HOUR_MS,
      durationMs: HOUR_MS,
      clients: 100 * RATE,
      requestsPerSecond: RATE,
      noiseShare: 0.1,
      scenarios: [{ name: "stale-keys-crash", afterMs: HOUR_MS / 3, server: 0 }],
    });
    for (const server of SERVERS) addLastRow(join(farm, server), Date.now() - HOUR_MS + 20 * 60_000);
    // Without the collector of keys, whose server cannot be reached everywhere.
    const config = join(folder, "hma.yml");
    writeFileSync(config, "keys: { enabled: false }\n");
    let running: DaemonProcess | null = null;
    try {
      const tookMs: number[] = [];
      let inFirstReading = 0;
      for (let start = 0; start < MAX_STARTS && inFirstReading < STOPS; start++) {
        const before = writtenMs(state);
        const daemon = (running = startServe(farm, state, ["--config.file", config]));
        const says = (): string => daemon.messages.join("\n");
        // The first record is written when all logs are read. A daemon with a record listens only then.
        const isReading = async (): Promise<boolean> =>
          before > 0 ? writtenMs(state) > before : (await linesOf(await daemon.url)) > 0;
        await until(async () => ((await isReading()) ? true : null), WAIT_MS, says);
        const askedMs = performance.now();
        expect([await daemon.stop(), daemon.messages.filter((line) => /"level":"(?:error|warn)"/.test(line))]).toEqual([
          0,
          [],
        ]);
        tookMs.push(performance.now() - askedMs);
        if (isOfFirstReading(state)) inFirstReading++;
        else if (inFirstReading > 0) break;
        // The reading was finished before the state was checked: start again from the beginning.
        else rmSync(state, { recursive: true });
      }
      expect(inFirstReading).toBeGreaterThan(0);
      console.log(`Stopped within ${tookMs.map((ms) => (ms / 1000).toFixed(1)).join(", ")} s`);
      const stopped = await countsOf(state);
      const undisturbed = await countsOf(join(folder, "undisturbed"));
      expect(differences(stopped, undisturbed)).toEqual([]);
      expect(stopped.filter((line) => line.includes("hma_incidents_total"))).toHaveLength(1);
    } finally {
      await running?.kill();
      rmSync(folder, { recursive: true, force: true });
    }

    /** Counts after all existing rows are read. */
    async function countsOf(folderOfState: string): Promise<string[]> {
      const daemon = (running = startServe(farm, folderOfState, ["--config.file", config]));
      const url = await daemon.url;
      const says = (): string => daemon.messages.join("\n");
      await until(async () => ((await fetch(`${url}/-/ready`)).ok ? true : null), WAIT_MS, says);
      const counted = await countedPages(daemon, SERVERS);
      await daemon.stop();
      return counted;
    }
  },
  3_600_000,
);
