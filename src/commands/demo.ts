import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../config/load-config.ts";
import { openLogger } from "../logging/open-logger.ts";
import { demoPlan } from "../simulator/demo-plan.ts";
import { startDaemon } from "../daemon/daemon.ts";
import { DONE, UsageError } from "../daemon/exit-codes.ts";
import { numberOf, wholeNumberOf } from "./flag-values.ts";
import { fixedConfig } from "../daemon/live-config.ts";
import { runLive } from "./simulate-farm.ts";
import { openStateFolder } from "../daemon/state-folder.ts";

/** `hma-exporter demo`: a simulated farm and the exporter over it, in one process, until interrupted. */
export async function demo(flags: Readonly<Record<string, string>>): Promise<number> {
  const seed = wholeNumberOf("--seed", flags["seed"] ?? "1", { from: 0, to: 4_294_967_295 });
  const speed = numberOf("--speed", flags["speed"] ?? "1", { from: 1, to: 600 });
  const own = flags["dir"] === undefined;
  const folder = flags["dir"] ?? (await mkdtemp(join(tmpdir(), "hma-demo-")));
  const farm = join(folder, "farm");
  // Nothing leaves this machine: the keys of the story come with its snapshots.
  const loaded = loadConfig("keys: { enabled: false }\nlog: { level: warn, output: stderr }", {
    farm,
    "web.listen-address": flags["web.listenAddress"] ?? "127.0.0.1:10401",
  });
  if (!loaded.ok)
    throw new UsageError(
      `Cannot start the demo: ${loaded.faults.map((fault) => `${fault.path}: found ${fault.found}, allowed is ${fault.allowed}`).join("; ")}`,
    );
  const { config } = loaded;
  const logger = openLogger({ level: config.log.level, format: config.log.format, output: process.stderr, file: null });
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      stopping.abort();
    });
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  // The farm's own clock. The exporter of the demo goes by it too; `serve` knows the wall clock alone.
  const begunMs = Date.now();
  const now = (): number => begunMs + (Date.now() - begunMs) * speed;
  say("Writing an hour of logs of three Exchange servers …");
  const written = Promise.withResolvers<undefined>();
  const simulation = runLive(farm, demoPlan({ startMs: begunMs, seed }), {
    speed: 1,
    signal: stopping.signal,
    now,
    onHistoryWritten: () => {
      written.resolve(undefined);
    },
  });
  await Promise.race([written.promise, simulation]);
  const daemon = await startDaemon({
    live: fixedConfig(config),
    target: { kind: "farm", folder: farm },
    mode: "central",
    state: await openStateFolder(join(folder, "state"), logger),
    logger,
    webConfig: null,
    clock: { wall: now, monotonic: () => performance.now() * speed },
    stopping: stopping.signal,
  });
  say(`The exporter is at ${daemon.url}`);
  say(
    "Entra ID has just published a new signing key that AD does not hold: in a few seconds the page says exposed. In about twenty seconds a",
  );
  say("worker of EX01 crashes, and the new one refuses tokens: watch the page, or");
  say(`  ${daemon.url}/incidents     ${daemon.url}/metrics/servers/EX01     ${daemon.url}/api/v1/incidents`);
  say("Ctrl-C ends it.");
  await simulation;
  await daemon.stop();
  await logger.close();
  if (own) await rm(folder, { recursive: true, force: true });
  return DONE;
}
