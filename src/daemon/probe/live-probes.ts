import type { Config } from "../../config/config-schema.ts";
import { EMPTY_BOOK, type ProbeBook } from "../../probe/probe-book.ts";
import type { Probes } from "./probes.ts";

/** Opens the probe of a configuration; null when none is configured. `book`: last results of the probe that it replaces. */
export type OpenProbes = (config: Config, book: ProbeBook) => Promise<Probes | null>;

/** The current probe. A reload of the configuration can replace it. */
export interface LiveProbes {
  readonly current: () => Probes | null;
  /** Starts the current probe, and from then on each one that replaces it. */
  readonly start: () => void;
  /**
   * Opens the probe of a new configuration and reads its files again. Rejects when it cannot be used; then nothing has changed. Call the
   * result to replace the current probe.
   */
  readonly prepare: (next: Config) => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
}

/** Opens the probe of the configuration at the start. Rejects when `open` does. */
export async function openLiveProbes(open: OpenProbes, config: Config): Promise<LiveProbes> {
  let current = await open(config, EMPTY_BOOK);
  let isStarted = false;
  return {
    current: () => current,
    start: () => {
      isStarted = true;
      current?.prober.start();
    },
    prepare: async (next) => {
      const opened = await open(next, current?.prober.book() ?? EMPTY_BOOK);
      return async () => {
        const before = current;
        current = opened;
        if (isStarted) opened?.prober.start();
        await before?.close();
      };
    },
    close: async () => {
      await current?.close();
    },
  };
}
