import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config-schema.ts";
import { loadConfig } from "../config/load-config.ts";
import { openLogger, type Logger } from "../logging/open-logger.ts";
import { demoPlan } from "../simulator/demo-plan.ts";
import { startDaemon } from "../daemon/daemon.ts";
import { DONE, UsageError } from "../daemon/exit-codes.ts";
import { numberOf, wholeNumberOf } from "./flag-values.ts";
import { fixedConfig } from "../daemon/live-config.ts";
import { systemProbeClock } from "../daemon/probe/probe-clock.ts";
import { openProbes, type Probes } from "../daemon/probe/probes.ts";
import type { TokenSource } from "../probing/token-source.ts";
import { openSimulatedServers, probeSettings, type SimulatedServers } from "./simulated/simulated-servers.ts";
import { serverNamesOf } from "../simulator/simulate.ts";
import { runLive } from "./simulate-farm.ts";
import { openStateFolder } from "../daemon/state-folder.ts";

/** `hma-exporter demo`: a simulated farm and an exporter that reads it, in one process, until interrupted. */
export async function demo(flags: Readonly<Record<string, string>>): Promise<number> {
  const seed = wholeNumberOf("--seed", flags["seed"] ?? "1", { from: 0, to: 4_294_967_295 });
  const speed = numberOf("--speed", flags["speed"] ?? "1", { from: 1, to: 600 });
  const own = flags["dir"] === undefined;
  const folder = flags["dir"] ?? (await mkdtemp(join(tmpdir(), "hma-demo-")));
  const farm = join(folder, "farm");
  const begunMs = Date.now();
  // The farm's own clock. The demo's exporter uses it too; `serve` uses the wall clock.
  const now = (): number => begunMs + (Date.now() - begunMs) * speed;
  const plan = demoPlan({ startMs: begunMs, seed });
  const servers = await openSimulatedServers(serverNamesOf(plan), now);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "ca.pem"), servers.tls.certificate);
  const loaded = loadConfig(configurationOf(servers, join(folder, "ca.pem")), {
    farm,
    "web.listen-address": flags["web.listenAddress"] ?? "127.0.0.1:10401",
  });
  if (!loaded.ok)
    throw new UsageError(
      "Cannot start the demo: " +
        `${loaded.faults.map((fault) => `${fault.path}: found ${fault.found}, allowed is ${fault.allowed}`).join("; ")}`,
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
  say("Writing an hour of logs of three Exchange servers …");
  const written = Promise.withResolvers<undefined>();
  const simulation = runLive(farm, plan, {
    ...servers.hooks,
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
    openProbes: () => probesOf({ config, logger, servers, now }),
  });
  say(`The exporter is at ${daemon.url}`);
  say(
    "Entra ID has just published a new signing key that AD does not hold: in a few seconds the page says " +
      "exposed. EX02 is drained and restarted:",
  );
  say(
    "the probe turns red before any client is refused, warms the new workers, and the gate opens again after " +
      "a minute. In about twenty seconds a",
  );
  say("worker of EX01 crashes under its clients, and the new one refuses their tokens: watch the page, or");
  say(
    `  ${daemon.url}/servers/EX02     ${daemon.url}/ready/ews?server=EX02     ${daemon.url}/probe?target=EX02&module=token`,
  );
  say(`  ${daemon.url}/incidents     ${daemon.url}/metrics/servers/EX01     ${daemon.url}/api/v1/incidents`);
  say("Ctrl-C ends it.");
  await simulation;
  await daemon.stop();
  await servers.close();
  await logger.close();
  if (own) await rm(folder, { recursive: true, force: true });
  return DONE;
}

/** The demo makes no outbound connection: its keys come with the snapshots, and the probed servers are simulated. */
function configurationOf(servers: SimulatedServers, caFile: string): string {
  return JSON.stringify({
    keys: { enabled: false },
    log: { level: "warn", output: "stderr" },
    probe: probeSettings(servers, caFile, "5s"),
  });
}

interface DemoProbe {
  readonly config: Config;
  readonly logger: Logger;
  readonly servers: SimulatedServers;
  readonly now: () => number;
}

async function probesOf({ config, logger, servers, now }: DemoProbe): Promise<Probes | null> {
  const { probe } = config;
  if (probe === null) return null;
  const tokens: TokenSource = {
    tokenFor: async (namespace) => ({
      kind: "token",
      ...(await servers.tokenFor(namespace)),
      tokenKind: "app_only",
      hasRoles: false,
    }),
    credentialNotAfterMs: () => null,
  };
  return openProbes({ config, probe, logger, clock: systemProbeClock(now), tokens });
}
