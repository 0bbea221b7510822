import { PowerShell } from "node-powershell";
import { LineSieve } from "./line-sieve.ts";

/** How long the output of an ended process is still read. */
const DRAIN_WAIT_MS = 1_000;
/** How long a killed process may take to end. */
const EXIT_WAIT_MS = 10_000;
const STDERR_LINES = 20;
const STDERR_LINE_LENGTH = 200;

export interface CollectionShellOptions {
  /** Path or name of the program. */
  readonly executable: string;
  /** Receives lines of standard output that are not the library's. */
  readonly onLine: (line: string) => void;
  /** Number of bytes on standard output and standard error together, as they arrive. */
  readonly onBytes: (total: number) => void;
}

/** The shell of one collection: node-powershell, with LF delimiters, and with output of any size kept out of its buffers. */
export class CollectionShell extends PowerShell {
  readonly #delimiters = new Set<string>();
  readonly #stderr: string[] = [];
  #isClosed = false;

  constructor(options: CollectionShellOptions) {
    super({
      executable: options.executable,
      executableOptions: { "-NoProfile": true, "-NonInteractive": true, "-ExecutionPolicy": "RemoteSigned" },
      spawnOptions: { env: shellEnvironment(), windowsHide: true },
      throwOnInvocationError: false,
    });
    const bytes = { stdout: 0, stderr: 0 };
    const onBytes =
      (stream: "stdout" | "stderr") =>
      (total: number): void => {
        bytes[stream] = total;
        options.onBytes(bytes.stdout + bytes.stderr);
      };
    const passesOn = (line: string): boolean => this.#delimiters.has(line);
    // The library closes its copies of these streams when the process ends. Errors of later writes are ignored.
    for (const stream of [this.streams.stdin, this.streams.stdout, this.streams.stderr]) stream.on("error", () => {});
    this.streams.stdout = this.streams.stdout.pipe(
      new LineSieve({ passesOn, onLine: options.onLine, onBytes: onBytes("stdout") }),
    );
    this.streams.stderr = this.streams.stderr.pipe(
      new LineSieve({ passesOn, onLine: (line) => this.#keepError(line), onBytes: onBytes("stderr") }),
    );
    this["process"].once("close", () => {
      this.#isClosed = true;
    });
    // Nothing reads these streams between two invocations. Without this, a full stream would block the shell.
    this.streams.stdout.resume();
    this.streams.stderr.resume();
  }

  /** Process id while the process runs; null if it could not be started or has ended, because its id may then belong to another process. */
  get runningPid(): number | null {
    const { pid, exitCode, signalCode } = this["process"];
    return pid !== undefined && exitCode === null && signalCode === null ? pid : null;
  }

  /** Resolves when the output of the ended process has been read, or after a time limit if another process keeps the streams open. */
  async drained(): Promise<void> {
    if (!this.#isClosed) await this.#until("close", DRAIN_WAIT_MS);
  }

  /** Waits until the killed process has ended, and closes its streams. False if it is still running and cannot be ended. */
  async closed(): Promise<boolean> {
    const child = this["process"];
    if (this.runningPid !== null) await this.#until("exit", EXIT_WAIT_MS);
    // A surviving grandchild would keep the pipes open, which are no longer needed.
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    return this.runningPid === null;
  }

  /** `exit code 3` or `signal SIGKILL`, for a message. */
  get howItEnded(): string {
    const child = this["process"];
    return child.signalCode === null ? `exit code ${String(child.exitCode)}` : `signal ${child.signalCode}`;
  }

  /**
   * The error id in standard error, such as `UnauthorizedAccess`; null if there is none. Ids are the same in every language. The texts
   * around them may contain names of people, so they are not used.
   */
  get errorId(): string | null {
    for (const line of this.#stderr) {
      // Sample:     + FullyQualifiedErrorId : UnauthorizedAccess
      const id = /FullyQualifiedErrorId\s*:\s*([A-Za-z][A-Za-z0-9.]{0,80})/.exec(line)?.[1];
      if (id !== undefined) return id;
    }
    return null;
  }

  /** In the base class, an environment variable would take precedence over the configuration. */
  protected override setExecutable({ executable }: { executable?: string }): string {
    return executable ?? defaultExecutable();
  }

  protected override writeToOutput(input: string): string {
    this.#delimiters.add(input);
    return `[Console]::Out.Write("${input}\`n")`;
  }

  protected override writeToError(input: string): string {
    this.#delimiters.add(input);
    return `[Console]::Error.Write("${input}\`n")`;
  }

  async #until(event: "exit" | "close", limitMs: number): Promise<void> {
    const child = this["process"];
    if (child.pid === undefined) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        child.off(event, settle);
        resolve();
      };
      const timer = setTimeout(settle, limitMs);
      child.once(event, settle);
    });
  }

  #keepError(line: string): void {
    if (this.#stderr.length < STDERR_LINES) this.#stderr.push(line.slice(0, STDERR_LINE_LENGTH));
  }
}

/** Windows PowerShell on Windows, because the Exchange snap-in needs it; PowerShell 7 on other systems. */
export function defaultExecutable(): string {
  return process.platform === "win32" ? "powershell.exe" : "pwsh";
}

function shellEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    POWERSHELL_TELEMETRY_OPTOUT: "1",
    POWERSHELL_UPDATECHECK: "Off",
    NO_COLOR: "1",
    TERM: "dumb",
  };
}
