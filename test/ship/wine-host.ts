import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Wine with its own prefix. */
export interface WineHost {
  /** Runs a Windows program until it exits; its output goes to files, because Wine's consoles differ from those of Windows. */
  readonly run: (
    program: string,
    args: readonly string[],
  ) => { readonly code: number | null; readonly stdout: string; readonly stderr: string };
  readonly start: (program: string, args: readonly string[]) => WineProcess;
  readonly stop: () => void;
}

export interface WineProcess {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends Ctrl+C, like the service manager; resolves with the exit code. */
  readonly interrupt: () => Promise<number | null>;
  readonly kill: () => Promise<number | null>;
}

/** Reason why Wine cannot run an executable of this commit here; null if it can. */
export function whyNoWine(executable: string, commit: string): string | null {
  if (process.platform !== "linux") return "not on Linux";
  if (spawnSync("wine", ["--version"]).status !== 0) return "wine is not installed (apt-get install wine wine64)";
  if (!existsSync(executable)) return "the executable is not there (npm run executable)";
  const built = readFileSync(join(dirname(executable), "build-info.json"), "utf8");
  return built.includes(commit) ? null : "the executable is of another commit (npm run executable)";
}

/** The Windows path of a file on this machine. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

export function startWine(folder: string): WineHost {
  const env = {
    ...process.env,
    WINEPREFIX: join(folder, "prefix"),
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree,mshtml=",
  };
  const tool = (args: readonly string[]): void => {
    spawnSync("wine", args, { env, stdio: "ignore", timeout: 300_000 });
  };
  mkdirSync(join(folder, "prefix"), { recursive: true });
  tool(["wineboot", "-i"]);
  // By default Wine 8 reports Windows 7, which Node.js refuses.
  tool(["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"]);
  let count = 0;
  const launch = (program: string, args: readonly string[]): { child: ChildProcess; out: string; error: string } => {
    const out = join(folder, `out-${++count}`);
    const error = join(folder, `error-${count}`);
    const files = [openSync(out, "w"), openSync(error, "w")];
    const child = spawn("wine", [program, ...args], { env, stdio: ["ignore", ...files] });
    for (const file of files) closeSync(file);
    return { child, out, error };
  };
  return {
    run: (program, args) => {
      const out = join(folder, `out-${++count}`);
      const error = join(folder, `error-${count}`);
      const files = [openSync(out, "w"), openSync(error, "w")];
      const { status } = spawnSync("wine", [program, ...args], { env, stdio: ["ignore", ...files], timeout: 300_000 });
      for (const file of files) closeSync(file);
      return { code: status, stdout: readFileSync(out, "utf8"), stderr: readFileSync(error, "utf8") };
    },
    start: (program, args) => {
      const { child, out, error } = launch(program, args);
      const ended = new Promise<number | null>((resolve) => {
        child.once("exit", (code) => {
          resolve(code);
        });
      });
      const end = (signal: NodeJS.Signals) => (): Promise<number | null> => {
        child.kill(signal);
        return ended;
      };
      return {
        stdout: () => readFileSync(out, "utf8"),
        stderr: () => readFileSync(error, "utf8"),
        interrupt: end("SIGINT"),
        kill: end("SIGKILL"),
      };
    },
    stop: () => {
      spawnSync("wineserver", ["-k"], { env, stdio: "ignore" });
    },
  };
}
