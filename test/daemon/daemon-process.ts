import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { PROGRAM } from "../program.ts";
import { pollPause } from "../poll-pause.ts";

/** A running `hma-exporter serve`. */
export interface DaemonProcess {
  readonly pid: number;
  /** Resolves with its address when it listens; rejects if it exits before. */
  readonly url: Promise<string>;
  /** Kills it (SIGKILL), and resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Stops it (SIGTERM), and resolves with its exit code. */
  readonly stop: () => Promise<number | null>;
  /** Lines of its log. */
  readonly messages: readonly string[];
}

export function startServe(farm: string, state: string, more: readonly string[] = []): DaemonProcess {
  const child = spawn(
    process.execPath,
    [
      PROGRAM,
      "serve",
      ...(farm === "" ? [] : ["--farm", farm]),
      "--state",
      state,
      "--web.listen-address",
      "127.0.0.1:0",
      ...more,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  return watchedProcess(child);
}

/** A daemon handle for a child process with piped output. */
export function watchedProcess(child: ChildProcess): DaemonProcess {
  const messages: string[] = [];
  const ended = endOf(child);
  const url = new Promise<string>((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) throw new Error("The output of the process is not piped");
    createInterface({ input: child.stdout }).on("line", (line) => {
      messages.push(line);
      const address = /"message":"Listening".*"url":"([^"]+)"/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    createInterface({ input: child.stderr }).on("line", (line) => messages.push(line));
    void ended.then(() => {
      reject(new Error(`The daemon ended before it listened: ${messages.join("\n")}`));
    });
  });
  url.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    url,
    messages,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("exit", (code) => {
      resolve(code);
    });
  });
}

/** Values of a metrics page by series, for metrics whose names match. */
export async function scrape(url: string, wanted: RegExp): Promise<Map<string, number>> {
  const text = await (await fetch(url)).text();
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ");
    if (line.startsWith("#") || at < 0 || !wanted.test(line)) continue;
    values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return values;
}

/** Polls until `ask` returns a value other than null. Rejects at the deadline with the text of `describe`. */
export async function until<T>(ask: () => Promise<T | null>, deadlineMs: number, describe: () => string): Promise<T> {
  const startMs = Date.now();
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer !== null) return answer;
    if (Date.now() > startMs + deadlineMs) throw new Error(`Not in time: ${describe()}`);
    await pollPause(startMs);
  }
}
