import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { repetitions } from "../soak.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { startSimulation } from "../../src/simulator/simulate.ts";
import { LiveWriter } from "./live-writer.ts";
import { scrape, startServe, until, type DaemonProcess } from "./daemon-process.ts";

const KILLS = repetitions({ usual: 10, soak: 200 });
/** Metrics that must be the same in spite of crashes. */
const COUNTED =
  /^hma_(?:requests_total|bearer_rejections_total|bearer_loops_total|incidents_total|app_pool_recycles_total|log_lines_total|log_bytes_read_total)\b/;

test(`a daemon killed ${KILLS} times at random moments counts the same as an undisturbed one`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "hma-crash-"));
  const farm = join(folder, "farm");
  await mkdir(farm);
  const random = createRandom(7, "kills");
  const simulation = startSimulation({
    ...BARE_PLAN,
    startMs: Date.now() - 3 * 3_600_000,
    durationMs: 3_600_000,
    clients: 60,
    requestsPerSecond: 0.2,
    scenarios: [{ name: "stale-keys-crash", afterMs: 1_200_000, server: 0 }],
  });
  const lines = [...simulation.lines];
  const writer = new LiveWriter(farm);
  // The folders exist before the daemon starts, as on a server.
  await writer.append(lines.splice(0, Math.ceil(lines.length / 10)));
  const undisturbed = startServe(farm, join(folder, "undisturbed"));
  let victim: DaemonProcess | null = null;
  try {
    // An hour of logs comes in seconds: what comes while a first reading is under way would be late by minutes, and final an hour later.
    await until(
      () =>
        Promise.resolve(undisturbed.messages.some((line) => line.includes("Caught up with the logs")) ? true : null),
      120_000,
      () => undisturbed.messages.join("\n"),
    );
    const each = Math.ceil(lines.length / KILLS);
    for (let kill = 0; kill < KILLS; kill++) {
      victim = startServe(farm, join(folder, "killed"));
      const batch = lines.slice(kill * each, (kill + 1) * each);
      const lifeMs = 1_400 * random.next();
      const death = new Promise((resolve) => {
        setTimeout(resolve, lifeMs);
      });
      for (let part = 0; part < 4; part++)
        await writer.append(batch.slice((part * batch.length) / 4, ((part + 1) * batch.length) / 4));
      await death;
      await victim.kill();
    }
    victim = startServe(farm, join(folder, "killed"));
    let difference = "";
    const same = await until(
      async () => {
        const [mine, theirs] = await Promise.all([pagesOf(victim), pagesOf(undisturbed)]);
        difference = [
          ...only(mine, theirs).map((line) => `killed:      ${line}`),
          ...only(theirs, mine).map((line) => `undisturbed: ${line}`),
        ].join("\n");
        // Loops and incidents are counted when they are final.
        return mine === theirs &&
          ["hma_bearer_loops_total", "hma_incidents_total"].every((metric) => mine.includes(metric))
          ? mine
          : null;
      },
      600_000,
      () => `the counters differ\n${difference}\n${victim?.messages.slice(-3).join("\n")}`,
    );
    expect(same).toContain('result="rejected"} ');
  } finally {
    await victim?.kill();
    await undisturbed.kill();
    await rm(folder, { recursive: true, force: true });
  }
}, 1_800_000);

function only(these: string, those: string): string[] {
  const known = new Set(those.split("\n"));
  return these.split("\n").filter((line) => !known.has(line));
}

async function pagesOf(daemon: DaemonProcess | null): Promise<string> {
  const url = await daemon?.url;
  const pages = await Promise.all(
    ["EX01", "EX02"].map((server) => scrape(`${url}/metrics/servers/${server}`, COUNTED)),
  );
  return pages
    .map((page) =>
      [...page]
        .filter(([, value]) => value > 0)
        .map(([series, value]) => `${series} ${value}`)
        .join("\n"),
    )
    .join("\n\n");
}
