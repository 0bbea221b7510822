import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { scrape, startServe, until, type DaemonProcess } from "./daemon-process.ts";

jest.setTimeout(240_000);

const SERVERS = 60;
/** Two threads for each server, and sixteen. */
const THREADS = 2 * SERVERS + 16;

/** On a memory disk, which is local whatever the machine's other file systems are. */
const testOnLinux = process.platform === "linux" ? test : test.skip;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/hma-pool-");
  for (let server = 1; server <= SERVERS; server++)
    mkdirSync(join(folder, "farm", `EX${String(server)}`, "LogFiles/W3SVC1"), { recursive: true });
  symlinkSync("farm", join(folder, "link"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A daemon for the farm folder of that name, which is given by a flag or in the configuration file. */
function started(name: string, isInFile: boolean): DaemonProcess {
  const farm = join(folder, name);
  const file = join(folder, "config.yml");
  writeFileSync(file, isInFile ? `farm: ${farm}\n` : "");
  return startServe(isInFile ? "" : farm, join(folder, "state"), ["--config.file", file]);
}

/** Whether the process was replaced by one with a larger pool: only then did it begin with that size. */
function wasRestarted({ pid }: DaemonProcess): boolean {
  return readFileSync(`/proc/${String(pid)}/environ`, "latin1").includes(`UV_THREADPOOL_SIZE=${String(THREADS)}`);
}

testOnLinux.each([
  { name: "farm", isInFile: false, what: "a farm on a local disk, named by a flag", restarts: false },
  { name: "farm", isInFile: true, what: "a farm on a local disk, named in the configuration file", restarts: false },
  { name: "link", isInFile: true, what: "a farm behind a link, which may lead to a share", restarts: true },
])("the pool has threads for all servers of $what", async ({ name, isInFile, restarts }) => {
  const daemon = started(name, isInFile);
  try {
    const url = await daemon.url;
    await until(
      async () => {
        const [servers] = (await scrape(`${url}/metrics`, /^hma_exporter_servers/)).values();
        return servers === SERVERS ? servers : null;
      },
      60_000,
      () => daemon.messages.join("\n"),
    );
    // The pool starts all of its threads when it is first used.
    expect(readdirSync(`/proc/${String(daemon.pid)}/task`).length).toBeGreaterThanOrEqual(THREADS);
    expect(wasRestarted(daemon)).toBe(restarts);
  } finally {
    await daemon.stop();
  }
});
