import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { watchedProcess, type DaemonProcess } from "../daemon/daemon-process.ts";

const SCRIPT = fileURLToPath(new URL("./stepped-daemon.ts", import.meta.url));
/** Metrics that must be the same whatever happened on the way. */
const COUNTED =
  /^hma_(?:requests_total|bearer_rejections_total|bearer_errors_total|bearer_loops_total|bearer_loop_duration_seconds|stranger_loop_seconds_total|incidents_total|incident_duration_seconds|app_pool_recycles_total|log_lines_total|log_bytes_read_total|log_rows_ahead_total)\b/;

export interface SteppedTarget {
  readonly farm: string;
  readonly state: string;
  readonly webConfig: string;
  /** `user:password` for its pages. */
  readonly login?: string;
}

/** A daemon with the test's clock, restarted whenever it exits. */
export class SteppedDaemon {
  readonly #target: SteppedTarget;
  #nowMs: number;
  #child: ChildProcess | null = null;
  #process: DaemonProcess | null = null;
  #url = "";
  /** Number of log lines so far. */
  messages = 0;

  constructor(target: SteppedTarget, nowMs: number) {
    this.#target = target;
    this.#nowMs = nowMs;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  async start(): Promise<void> {
    const { login: _, ...target } = this.#target;
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify({ ...target, nowMs: this.#nowMs })], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#process = watchedProcess(child);
    this.#url = await this.#process.url;
  }

  setTime(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#child?.connected === true) this.#child.send(nowMs);
  }

  async kill(): Promise<void> {
    this.messages += this.#process?.messages.length ?? 0;
    await this.#process?.kill();
    this.#process = null;
  }

  async stop(): Promise<number | null> {
    this.messages += this.#process?.messages.length ?? 0;
    return (await this.#process?.stop()) ?? null;
  }

  /** The last lines of its log. */
  tail(): string {
    return this.#process?.messages.slice(-6).join("\n") ?? "";
  }

  /** Bytes of the servers' logs read so far. */
  async bytesRead(): Promise<number> {
    const lines = (await this.counted()).filter((line) => line.includes("hma_log_bytes_read_total"));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  /** Its servers' counters that are not 0, one per line. */
  async counted(): Promise<string[]> {
    const servers: { labels: { instance: string } }[] = JSON.parse((await this.#get("/sd")) || "[]");
    const pages = await Promise.all(
      servers.map(async ({ labels: { instance } }) => {
        const page = await this.#get(`/metrics/servers/${encodeURIComponent(instance)}`);
        return page
          .split("\n")
          .filter((line) => COUNTED.test(line) && !line.endsWith(" 0"))
          .map((line) => `${instance} ${line}`);
      }),
    );
    return pages.flat();
  }

  async #get(path: string): Promise<string> {
    const { login } = this.#target;
    const headers = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
    const answer = await fetch(this.#url + path, { headers });
    const text = await answer.text();
    return answer.status === 200 ? text : "";
  }
}
