import type { Config } from "../../config/config-schema.ts";
import { EMPTY_BOOK, type ProbeBook } from "../../probe/probe-book.ts";
import type { Probes } from "./probes.ts";

/** Opens the probe of a configuration, null where it has none. `book`: last results of the probe whose place it takes. */
export type OpenProbes = (config: Config, book: ProbeBook) => Promise<Probes | null>;

/** The probe in force, which a reload of the configuration can exchange. */
export interface LiveProbes {
  readonly current: () => Probes | null;
  /** From now on the probe in force asks the servers in turn. */
  readonly start: () => void;
  /**
   * Opens the next configuration's probe, its files read anew. Rejects for one that cannot be used; then nothing has changed. The result
   * puts it in force.
   */
  readonly prepare: (next: Config) => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
}

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
