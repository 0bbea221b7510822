import type { AppPool } from "../../model/app-pool.ts";
import type { EvidenceSource } from "../../model/finding.ts";
import type { WindowsEventRow } from "../../model/row.ts";
import { recyclesOf, type Recycle, type WorkerObservation } from "../../detectors/recycle.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Bounds of what is kept of one server. The oldest goes first. */
const MAX_EVENTS = 4_000;
const MAX_PROCESSES = 2_000;
const MAX_ABANDONED = 2_000;

export interface ProcessSpan {
  appPool: AppPool;
  processId: number;
  firstMs: number;
  lastMs: number;
  source: EvidenceSource;
}

/** A worker process, as `source` shows it at `atMs` (Unix ms). */
interface SeenProcess extends Pick<ProcessSpan, "appPool" | "processId" | "source"> {
  readonly atMs: number;
}

/** What was seen of one server's workers, and the recycles that follow from it. */
export class WorkerActivity {
  #events: WorkerObservation[] = [];
  readonly #processes = new Map<string, ProcessSpan>();
  /** The first orphaned request of each pool and minute. */
  readonly #abandoned = new Map<string, { atMs: number; appPool: AppPool }>();
  #recycles: Recycle[] | null = null;
  /** Pools of which a log shows process ids. */
  readonly #poolsWithProcesses = new Set<AppPool>();
  /** The engine's clock when something new was last learned. */
  #changedAtMs = 0;

  get changedAtMs(): number {
    return this.#changedAtMs;
  }

  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  /** A log showed a process of the pool at that instant or later. */
  showsProcessesSince(appPool: AppPool, sinceMs: number): boolean {
    if (!this.#poolsWithProcesses.has(appPool)) return false;
    return [...this.#processes.values()].some((process) => process.appPool === appPool && process.lastMs >= sinceMs);
  }

  /** Takes what a Windows event says of workers; events that say nothing of them are left alone. */
  noteEvent(row: WindowsEventRow, clockMs: number): void {
    const observation = observationOf(row);
    if (observation === null) return;
    this.#events.push(observation);
    if (this.#events.length > MAX_EVENTS)
      this.#events = this.#events.sort((a, b) => timeOf(a) - timeOf(b)).slice(MAX_EVENTS / 4);
    this.#changed(clockMs);
  }

  noteAbandoned(appPool: AppPool, atMs: number, clockMs: number): void {
    const key = `${appPool} ${Math.floor(atMs / MINUTE_MS)}`;
    const known = this.#abandoned.get(key);
    if (known !== undefined && known.atMs <= atMs) return;
    this.#abandoned.set(key, { atMs, appPool });
    if (this.#abandoned.size > MAX_ABANDONED) dropFirst(this.#abandoned);
    this.#changed(clockMs);
  }

  /** True when the process was not seen before, or not so early. `clockMs` (Unix ms): the engine's clock. */
  noteProcess({ appPool, processId, atMs, source }: SeenProcess, clockMs: number): boolean {
    const key = `${appPool} ${processId}`;
    const known = this.#processes.get(key);
    if (known !== undefined) {
      if (atMs > known.lastMs) known.lastMs = atMs;
      if (atMs >= known.firstMs) return false;
      known.firstMs = atMs;
      this.#recycles = null;
      return true;
    }
    this.#processes.set(key, { appPool, processId, firstMs: atMs, lastMs: atMs, source });
    this.#poolsWithProcesses.add(appPool);
    if (this.#processes.size > MAX_PROCESSES) dropFirst(this.#processes);
    this.#changed(clockMs);
    return true;
  }

  recycles(): readonly Recycle[] {
    if (this.#recycles === null) {
      const processes = [...this.#processes.values()].map((span) => ({ kind: "process" as const, ...span }));
      const abandoned = [...this.#abandoned.values()].map((one) => ({ kind: "abandoned" as const, ...one }));
      this.#recycles = recyclesOf([...this.#events, ...processes, ...abandoned]);
    }
    return this.#recycles;
  }

  dump(): {
    events: WorkerObservation[];
    processes: ProcessSpan[];
    abandoned: { atMs: number; appPool: AppPool }[];
    changedAtMs: number;
  } {
    return {
      events: [...this.#events],
      processes: [...this.#processes.values()].map((span) => ({ ...span })),
      abandoned: [...this.#abandoned.values()],
      changedAtMs: this.#changedAtMs,
    };
  }

  restore(dump: ReturnType<WorkerActivity["dump"]>): void {
    this.#events = [...dump.events];
    for (const span of dump.processes) {
      this.#processes.set(`${span.appPool} ${span.processId}`, { ...span });
      this.#poolsWithProcesses.add(span.appPool);
    }
    for (const one of dump.abandoned) this.#abandoned.set(`${one.appPool} ${Math.floor(one.atMs / MINUTE_MS)}`, one);
    this.#changedAtMs = dump.changedAtMs;
    this.#recycles = null;
  }

  #changed(clockMs: number): void {
    this.#recycles = null;
    this.#changedAtMs = Math.max(this.#changedAtMs, clockMs);
  }
}

function observationOf({ event, atMs, label }: WindowsEventRow): WorkerObservation | null {
  switch (event.fact) {
    case "worker_recycled":
      return { kind: "was", atMs, appPool: event.appPool, processId: event.processId, reason: event.reason, label };
    case "recovery_recycle":
      return { kind: "recovery", atMs, appPool: event.appPool, label };
    case "recovery_reboot":
    case "system_boot":
      return { kind: "boot", atMs, label };
    case "iis_reset":
      return { kind: "iis_reset", atMs, label };
    default:
      return null;
  }
}

function timeOf(observation: WorkerObservation): number {
  return observation.kind === "process" ? observation.firstMs : observation.atMs;
}

function dropFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
