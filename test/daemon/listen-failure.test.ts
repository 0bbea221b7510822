import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { openLogger } from "../../src/logging/open-logger.ts";
import { EMPTY_BOOK } from "../../src/probe/probe-book.ts";
import { defaultConfig } from "../analysis/small-farm.ts";
import { clockOf } from "../model/test-clock.ts";

test(
  "if an address is in use, the probes, the other addresses and then the state folder are closed, and the " +
    "error names the address",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "hma-listen-"));
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = `127.0.0.1:${String((taken.address() as AddressInfo).port)}`;
    const config = await defaultConfig();
    const closed: string[] = [];
    const prober = {
      book: () => EMPTY_BOOK,
      targets: [],
      start: () => undefined,
      hurry: () => undefined,
      runNow: () => null,
      stop: async () => undefined,
    };
    try {
      const daemon = startDaemon({
        live: fixedConfig({
          ...config,
          web: { ...config.web, listenAddress: ["127.0.0.1:0", address] },
          collect: { ...config.collect, enabled: false },
          keys: { ...config.keys, enabled: false },
        }),
        target: { kind: "farm", folder },
        mode: "central",
        state: {
          load: async () => null,
          save: async () => undefined,
          lostTo: () => null,
          close: async () => {
            closed.push("state");
          },
        },
        logger: openLogger({ level: "error", format: "logfmt", output: null, file: null }),
        webConfig: null,
        clock: clockOf(() => 1_795_000_000_000),
        openProbes: async () => ({
          prober,
          hasTokens: false,
          protocols: [],
          credentialNotAfterMs: () => null,
          close: async () => {
            closed.push("probes");
          },
        }),
      });
      await expect(daemon).rejects.toThrow(`Cannot listen on "${address}"`);
      expect(closed).toEqual(["probes", "state"]);
    } finally {
      taken.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
