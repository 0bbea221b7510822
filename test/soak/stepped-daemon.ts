/**
 * `serve` for a farm with a clock that the test sets, as a process, so that it can be killed. Argument: JSON of `SteppedOptions`. Each
 * message from its parent is the time (Unix ms) from which the clock continues.
 */
import { openLogger } from "../../src/logging/open-logger.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { readWebConfig } from "../../src/config/read-web-config.ts";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { openStateFolder } from "../../src/daemon/state-folder.ts";
import { sizeThreadPool } from "../../src/commands/process/thread-pool.ts";

export interface SteppedOptions {
  readonly farm: string;
  readonly state: string;
  readonly nowMs: number;
  /** Path of a web configuration file; "" for none. */
  readonly webConfig: string;
}

const options: SteppedOptions = JSON.parse(process.argv[2] ?? "{}");
sizeThreadPool([], process.env);
let [setMs, sinceMs] = [options.nowMs, performance.now()];
process.on("message", (ms: number) => {
  [setMs, sinceMs] = [ms, performance.now()];
});
/** Between two messages the clock advances by itself, and it never goes back. */
let latestMs = 0;
const now = (): number => (latestMs = Math.max(latestMs, setMs + performance.now() - sinceMs));
const loaded = loadConfig("keys: { enabled: false }\nfollow: { poll: 100ms }\n", {
  farm: options.farm,
  "web.listen-address": "127.0.0.1:0",
});
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const logger = openLogger({ level: "info", format: "json", output: process.stdout, file: null });
const stopping = new AbortController();
const { promise: stopped, resolve } = Promise.withResolvers<undefined>();
process.once("SIGTERM", () => {
  stopping.abort("SIGTERM");
  resolve(undefined);
});
const daemon = await startDaemon({
  live: fixedConfig(loaded.config),
  target: { kind: "farm", folder: options.farm },
  mode: "central",
  state: await openStateFolder(options.state, logger),
  logger,
  webConfig:
    options.webConfig === ""
      ? null
      : { read: () => readWebConfig(options.webConfig), pollMs: 5_000, onFault: () => undefined },
  clock: { wall: now, monotonic: now },
  stopping: stopping.signal,
});
await stopped;
await daemon.stop();
await logger.close();
process.exit(0);
