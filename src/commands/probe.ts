import type { ProbeConfig } from "../config/probe/probe-schema.ts";
import { configurationOf, type CommandFlags } from "../daemon/configuration.ts";
import { DONE, FAILED, UsageError } from "../daemon/exit-codes.ts";
import { systemProbeClock } from "../daemon/probe/probe-clock.ts";
import { refuseProbeFaults } from "../daemon/probe/probe-faults.ts";
import { openProbes, targetsOf } from "../daemon/probe/probes.ts";
import { parseDuration } from "../model/durations.ts";
import { isGood, type ProbeOutcome } from "../model/probe/probe.ts";
import { farmSnapshotFolder, openSnapshotFolder } from "../exchange/snapshot-folder.ts";
import type { Config } from "../config/config-schema.ts";
import { publishedKeysOf, trustedKeys } from "../model/snapshot/snapshot-facts.ts";
import type { KnownKeys } from "../model/snapshot/token-key.ts";
import type { ProbeClock, Prober } from "../probing/prober.ts";
import { renderProbeReport } from "../report/probe-report.ts";

/** Pause between two rounds with --wait. */
const ROUND_MS = 15_000;

/** `hma-exporter probe`: probes the named servers, or all, and prints a table. Exit code 1 if a verdict is not good. */
export async function probe(names: readonly string[], flags: CommandFlags): Promise<number> {
  const config = await configurationOf(flags);
  const { probe: settings } = config;
  if (settings === null) throw new UsageError('Cannot probe: the configuration has no "probe" key');
  await refuseProbeFaults(config);
  const servers = serversOf(settings, names, config.server);
  const wait = waitOf(flags, settings);
  const clock = systemProbeClock(Date.now);
  const probes = await openProbes({ config, probe: settings, logger: null, clock });
  const interrupted = new AbortController();
  process.once("SIGINT", () => {
    interrupted.abort();
  });
  try {
    const outcomes = await askUntil(probes.prober, servers, {
      clock,
      untilMs: performance.now() + wait.timeoutMs,
      isEnough: wait.isEnough,
      signal: interrupted.signal,
    });
    process.stdout.write(
      flags["format"] === "json"
        ? `${JSON.stringify(outcomes, null, 2)}\n`
        : renderProbeReport(outcomes, await knownKeys(config)),
    );
    return outcomes.length > 0 && wait.isEnough(outcomes) ? DONE : FAILED;
  } finally {
    await probes.close();
  }
}

/** The keys of the newest snapshot, if the configuration names a farm or a snapshot folder; otherwise no keys are known. */
async function knownKeys({ farm, snapshots }: Config): Promise<KnownKeys> {
  const folder = snapshots ?? (farm === null ? null : await farmSnapshotFolder(farm));
  if (folder === null) return { published: [], trusted: null };
  const newest = (await openSnapshotFolder(() => Promise.resolve(folder)).readNew()).snapshots.at(-1);
  return newest === undefined
    ? { published: [], trusted: null }
    : { published: publishedKeysOf(newest), trusted: trustedKeys(newest) };
}

export interface Waiting {
  readonly clock: ProbeClock;
  /** Deadline by the monotonic clock, milliseconds. */
  readonly untilMs: number;
  readonly isEnough: (outcomes: readonly ProbeOutcome[]) => boolean;
  readonly signal: AbortSignal;
  /** The monotonic clock. */
  readonly monotonicMs?: () => number;
}

/** Probes all servers until the results are sufficient or the time is over, in at least one round. Returns the last results. */
export async function askUntil(
  prober: Prober,
  servers: readonly string[],
  { clock, untilMs, isEnough, signal, monotonicMs = () => performance.now() }: Waiting,
): Promise<readonly ProbeOutcome[]> {
  for (;;) {
    const runs = servers.map((server) => prober.runNow(server, { challengeOnly: false }) ?? Promise.resolve([]));
    const outcomes = (await Promise.all(runs)).flat();
    const leftMs = untilMs - monotonicMs();
    if (isEnough(outcomes) || leftMs <= 0 || signal.aborted) return outcomes;
    await clock.pause(Math.min(ROUND_MS, leftMs), signal);
  }
}

function serversOf(settings: ProbeConfig, names: readonly string[], ownName: string | null): readonly string[] {
  const known = targetsOf(settings, ownName).map(({ name }) => name);
  if (names.length === 0) return known;
  return names.map((name) => {
    const found = known.find((one) => one.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw new UsageError(`Cannot probe "${name}": one of the configured servers ${known.join(", ")} is expected`);
  });
}

function waitOf(
  flags: CommandFlags,
  settings: ProbeConfig,
): { readonly timeoutMs: number; readonly isEnough: Waiting["isEnough"] } {
  const isAllGood = (outcomes: readonly ProbeOutcome[]): boolean => outcomes.every(isGood);
  const wanted = flags["wait"];
  const timeout = String(flags["timeout"] ?? "35m");
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === null) throw new UsageError(`Cannot use --timeout "${timeout}": a duration such as 35m is expected`);
  if (wanted === undefined) {
    if (flags["timeout"] !== undefined) throw new UsageError("Cannot use --timeout without --wait");
    return { timeoutMs: 0, isEnough: isAllGood };
  }
  if (wanted === "offered")
    return { timeoutMs, isEnough: (outcomes) => outcomes.filter((one) => one.probe === "challenge").every(isGood) };
  if (settings.token === null) throw new UsageError("Cannot wait for accepted: without probe.token no token is sent");
  return { timeoutMs, isEnough: isAllGood };
}
