import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openSimulatedServers, probeSettings } from "../../src/commands/simulated/simulated-servers.ts";
import { MAIN } from "./farms.ts";
import { cpuTicks, freePort, residentBytes, TICKS_PER_SECOND, until } from "./process-cost.ts";

const SERVERS = 200;
const PROTOCOLS = 6;
/** Two rounds of all servers before the measurement. */
const WARM_UP_MS = 130_000;
const MEASURED_MS = 120_000;

interface Cost {
  /** Share of a core, percent. */
  readonly core: number;
  readonly residentBytes: number;
}

/**
 * Compares a daemon that probes 200 servers for six protocols a minute with the same daemon without a probe. The servers run in this
 * process.
 */
export async function measureProbe(folder: string): Promise<void> {
  const names = Array.from({ length: SERVERS }, (_, index) => `EX${String(index + 1).padStart(3, "0")}`);
  const home = join(folder, "probe");
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, "farm/EX001/LogFiles/W3SVC1"), { recursive: true });
  const servers = await openSimulatedServers(names, Date.now);
  writeFileSync(join(home, "ca.pem"), servers.tls.certificate);
  try {
    const probe = probeSettings(servers, join(home, "ca.pem"), "1m");
    const [without, withProbe] = await Promise.all([costOf(home, "without", null), costOf(home, "with", probe)]);
    const more = (withProbe.residentBytes - without.residentBytes) / 1e6;
    console.log(
      `probe: ${SERVERS} servers, ${PROTOCOLS} protocols a minute: ${withProbe.core.toFixed(2)} % of a core, ` +
        `${without.core.toFixed(2)} % without; ` +
        `resident ${(withProbe.residentBytes / 1e6).toFixed(0)} MB, ${more.toFixed(0)} MB more than without`,
    );
  } finally {
    await servers.close();
  }
}

async function costOf(home: string, name: string, probe: object | null): Promise<Cost> {
  const config = join(home, `${name}.yaml`);
  writeFileSync(config, JSON.stringify({ keys: { enabled: false }, ...(probe === null ? {} : { probe }) }));
  const port = await freePort();
  const args = ["serve", "--farm", join(home, "farm"), "--state", join(home, name), "--config.file", config];
  const daemon = spawn(process.execPath, [MAIN, ...args, "--web.listen-address", `127.0.0.1:${port}`], {
    stdio: "ignore",
  });
  const pid = daemon.pid ?? 0;
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/-/healthy`).catch(() => null))?.ok === true, 60_000);
    await wait(WARM_UP_MS);
    const before = cpuTicks(pid);
    await wait(MEASURED_MS);
    const core = ((cpuTicks(pid) - before) / TICKS_PER_SECOND / (MEASURED_MS / 1000)) * 100;
    return { core, residentBytes: residentBytes(pid) };
  } finally {
    daemon.kill("SIGTERM");
  }
}
