import { APP_POOLS, type AppPool } from "../model/app-pool.ts";
import type { RecycleReason } from "../model/label-values.ts";
import type { EvidenceSource } from "../model/finding.ts";

/** An observation of a server's worker processes. Plain data; instants in Unix milliseconds. */
export type WorkerObservation =
  /** A WAS event: the worker process of the pool is replaced. */
  | {
      readonly kind: "was";
      readonly atMs: number;
      readonly appPool: AppPool;
      readonly processId: number;
      readonly reason: RecycleReason;
      readonly label: string;
    }
  /** Managed Availability recycles the pool (event 500 or 501). */
  | { readonly kind: "recovery"; readonly atMs: number; readonly appPool: AppPool; readonly label: string }
  /** The server, or all of IIS, restarts. */
  | { readonly kind: "boot" | "iis_reset"; readonly atMs: number; readonly label: string }
  /** HTTP.sys dropped a request because its worker process went away. */
  | { readonly kind: "abandoned"; readonly atMs: number; readonly appPool: AppPool }
  /** A running worker process, with the times it was first and last seen. */
  | {
      readonly kind: "process";
      readonly appPool: AppPool;
      readonly processId: number;
      readonly firstMs: number;
      readonly lastMs: number;
      readonly source: EvidenceSource;
    };

export interface Recycle {
  readonly atMs: number;
  /**
   * Set when only a process id shows the recycle: the time the previous worker process was last seen. The new one was
   * first seen at `atMs`.
   */
  readonly sinceMs?: number;
  readonly appPool: AppPool;
  readonly reason: RecycleReason;
  /** The evidence: `WAS 5011`, `process id`, `HTTPERR`. */
  readonly label: string;
  readonly source: EvidenceSource;
}

/** A recovery action and the termination that it causes are at most a minute apart (domain §5.3). */
const RECOVERY_WINDOW_MS = 60_000;
/**
 * A worker process is replaced only once, so further events of the same process within this time report the same
 * recycle.
 */
const SAME_PROCESS_MS = 300_000;
const SAME_EVENT_MS = 5_000;
/** Worker processes that stop with IIS or the server do so within this time around the restart. */
const RESET_WINDOW_MS = 120_000;
/** A boot also starts the IIS services. */
const BOOT_WINDOW_MS = 600_000;
const ABANDONED_WINDOW_MS = 120_000;
/** When at least this many pools recycle at once without a reason of their own, it was an IIS reset. */
const RESET_POOLS = 5;
const RESET_SPREAD_MS = 90_000;

type ByKind<K extends WorkerObservation["kind"]> = Extract<WorkerObservation, { kind: K }>;

/**
 * Finds the recycles that the observations of one server prove, in order of time. The order of the observations does
 * not matter.
 */
export function recyclesOf(observations: readonly WorkerObservation[]): Recycle[] {
  const resets = resetsOf(observations);
  const fromEvents = withoutReset(recyclesFromEvents(observations), resets);
  const explicit = [...resetRecycles(resets), ...fromEvents];
  const abandoned = abandonedRecycles(observations, explicit);
  const silent = silentRecycles(observations, [...explicit, ...abandoned]);
  return asResets([...explicit, ...abandoned, ...silent]).sort(compareRecycles);
}

function compareRecycles(a: Recycle, b: Recycle): number {
  return a.atMs - b.atMs || APP_POOLS.indexOf(a.appPool) - APP_POOLS.indexOf(b.appPool);
}

function ofKind<K extends WorkerObservation["kind"]>(
  observations: readonly WorkerObservation[],
  ...kinds: readonly K[]
): ByKind<K>[] {
  const isOne = (observation: WorkerObservation): observation is ByKind<K> =>
    kinds.some((kind) => kind === observation.kind);
  return observations.filter(isOne);
}

interface Reset {
  readonly atMs: number;
  readonly reason: "reboot" | "iis_reset";
  readonly label: string;
}

function resetsOf(observations: readonly WorkerObservation[]): Reset[] {
  const resets: Reset[] = [];
  const ordered = ofKind(observations, "boot", "iis_reset").sort(
    (a, b) => a.atMs - b.atMs || (a.label < b.label ? -1 : 1),
  );
  for (const boot of ordered.filter((observation) => observation.kind === "boot")) {
    if (resets.some((reset) => boot.atMs - reset.atMs < BOOT_WINDOW_MS)) continue;
    resets.push({ atMs: boot.atMs, reason: "reboot", label: boot.label });
  }
  for (const reset of ordered.filter((observation) => observation.kind === "iis_reset")) {
    const isKnown = resets.some((other) =>
      other.reason === "reboot"
        ? reset.atMs - other.atMs < BOOT_WINDOW_MS && other.atMs - reset.atMs < BOOT_WINDOW_MS
        : Math.abs(reset.atMs - other.atMs) < RESET_WINDOW_MS,
    );
    if (!isKnown) resets.push({ atMs: reset.atMs, reason: "iis_reset", label: reset.label });
  }
  return resets;
}

function resetRecycles(resets: readonly Reset[]): Recycle[] {
  const named = APP_POOLS.filter((pool) => pool !== "other");
  return resets.flatMap((reset) => named.map((appPool) => ({ ...reset, appPool, source: "events" as const })));
}

function withoutReset(recycles: readonly Recycle[], resets: readonly Reset[]): Recycle[] {
  return recycles.filter((recycle) => !resets.some((reset) => Math.abs(reset.atMs - recycle.atMs) <= RESET_WINDOW_MS));
}

function recyclesFromEvents(observations: readonly WorkerObservation[]): Recycle[] {
  const recoveries = ofKind(observations, "recovery").sort((a, b) => a.atMs - b.atMs);
  const kept: (Recycle & { processId: number })[] = [];
  for (const event of ofKind(observations, "was").sort(
    (a, b) => a.atMs - b.atMs || a.processId - b.processId || (a.label < b.label ? -1 : 1),
  )) {
    const isSame = kept.some(
      (other) =>
        other.appPool === event.appPool &&
        (event.processId !== 0 && other.processId === event.processId
          ? event.atMs - other.atMs < SAME_PROCESS_MS
          : (event.processId === 0 || other.processId === 0) && event.atMs - other.atMs < SAME_EVENT_MS),
    );
    if (isSame) continue;
    const byRecovery = recoveries.find(
      (recovery) => recovery.appPool === event.appPool && Math.abs(recovery.atMs - event.atMs) <= RECOVERY_WINDOW_MS,
    );
    const reason = byRecovery !== undefined && event.reason === "crash" ? "managed_availability" : event.reason;
    const label = byRecovery === undefined ? event.label : `${byRecovery.label}, ${event.label}`;
    kept.push({
      atMs: event.atMs,
      appPool: event.appPool,
      reason,
      label,
      source: "events",
      processId: event.processId,
    });
  }
  const recycles: Recycle[] = kept.map(({ processId: _, ...recycle }) => recycle);
  for (const recovery of recoveries) {
    const isKnown = recycles.some(
      (recycle) => recycle.appPool === recovery.appPool && Math.abs(recycle.atMs - recovery.atMs) <= RECOVERY_WINDOW_MS,
    );
    if (!isKnown)
      recycles.push({
        atMs: recovery.atMs,
        appPool: recovery.appPool,
        reason: "managed_availability",
        label: recovery.label,
        source: "events",
      });
  }
  return recycles;
}

function abandonedRecycles(observations: readonly WorkerObservation[], known: readonly Recycle[]): Recycle[] {
  const recycles: Recycle[] = [];
  for (const { atMs, appPool } of ofKind(observations, "abandoned").sort((a, b) => a.atMs - b.atMs)) {
    const isKnown = [...known, ...recycles].some(
      (recycle) => recycle.appPool === appPool && Math.abs(recycle.atMs - atMs) <= ABANDONED_WINDOW_MS,
    );
    if (!isKnown)
      recycles.push({
        atMs,
        appPool,
        reason: "crash",
        label: "HTTPERR Connection_Abandoned",
        source: "http_err",
      });
  }
  return recycles;
}

/** A new process id proves a new worker process, when no other source reported its recycle. */
function silentRecycles(observations: readonly WorkerObservation[], known: readonly Recycle[]): Recycle[] {
  const recycles: Recycle[] = [];
  const processes = ofKind(observations, "process");
  for (const appPool of APP_POOLS) {
    const ordered = processes
      .filter((process) => process.appPool === appPool)
      .sort((a, b) => a.firstMs - b.firstMs || a.processId - b.processId);
    const explained = known.filter((recycle) => recycle.appPool === appPool).sort((a, b) => a.atMs - b.atMs);
    for (const [index, process] of ordered.entries()) {
      const before = ordered[index - 1];
      if (before === undefined || before.processId === process.processId) continue;
      const why = explained.findIndex(
        (recycle) => recycle.atMs >= before.firstMs && recycle.atMs <= process.firstMs + RECOVERY_WINDOW_MS,
      );
      if (why >= 0) explained.splice(0, why + 1);
      else
        recycles.push({
          atMs: process.firstMs,
          sinceMs: Math.min(before.lastMs, process.firstMs),
          appPool,
          reason: "unknown",
          label: newProcessLabel(process.source),
          source: process.source,
        });
    }
  }
  return recycles;
}

function newProcessLabel(source: EvidenceSource): string {
  if (source === "workers") return "new worker process";
  return `new process id in the ${source === "ews" ? "EWS" : "OAuthOutbound"} log`;
}

/** When many pools recycled at once without a reason of their own, IIS was reset. */
function asResets(recycles: readonly Recycle[]): Recycle[] {
  const bare = recycles.filter((recycle) => recycle.reason === "crash" || recycle.reason === "unknown");
  return recycles.map((recycle) => {
    if (!bare.includes(recycle)) return recycle;
    const around = bare.filter((other) => Math.abs(other.atMs - recycle.atMs) <= RESET_SPREAD_MS);
    return new Set(around.map((other) => other.appPool)).size >= RESET_POOLS
      ? { ...recycle, reason: "iis_reset" as const }
      : recycle;
  });
}
