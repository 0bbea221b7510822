import { PowerShell } from "node-powershell";
import { LineSieve } from "./line-sieve.ts";

/** How long the outputs of an ended process are read on. */
const DRAIN_WAIT_MS = 1_000;
/** How long a killed process may take to be gone. */
const EXIT_WAIT_MS = 10_000;
const STDERR_LINES = 20;
const STDERR_LINE_LENGTH = 200;

export interface CollectionShellOptions {
  /** Path or name of the program. */
  readonly executable: string;
  /** Lines of standard output that are not the library's. */
  readonly onLine: (line: string) => void;
  /** Bytes on standard output and standard error together, as they come. */
  readonly onBytes: (total: number) => void;
}

/** The shell of one collection: node-powershell, with LF delimiters and with outputs of any size kept away from its buffers. */
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
    // The library closes its copies of these streams when the process ends; a write that comes later has nobody to tell.
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
    // Nobody reads between two invocations: an unread stream would stop the shell.
    this.streams.stdout.resume();
    this.streams.stderr.resume();
  }

  /** Process id while the process runs; null when it could not be started, or has ended: its id may be another's by then. */
  get runningPid(): number | null {
    const { pid, exitCode, signalCode } = this["process"];
    return pid !== undefined && exitCode === null && signalCode === null ? pid : null;
  }

  /** Resolves when the outputs of the ended process have been read; after a while also when something else holds them open. */
  async drained(): Promise<void> {
    if (!this.#isClosed) await this.#until("close", DRAIN_WAIT_MS);
  }

  /** Waits for the killed process to be gone, and lets go of its streams. False when it is still there: nothing can end it. */
  async closed(): Promise<boolean> {
    const child = this["process"];
    if (this.runningPid !== null) await this.#until("exit", EXIT_WAIT_MS);
    // A grandchild that survived would keep the pipes open: they are of no use any more.
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    return this.runningPid === null;
  }

  /** `exit code 3`, `signal SIGKILL`: for a message. */
  get howItEnded(): string {
    const child = this["process"];
    return child.signalCode === null ? `exit code ${String(child.exitCode)}` : `signal ${child.signalCode}`;
  }

  /**
   * The error id that standard error names, `UnauthorizedAccess`; null when there is none. Ids are fixed words, whatever the language;
   * the texts around them can name people.
   */
  get errorId(): string | null {
    for (const line of this.#stderr) {
      // Sample:     + FullyQualifiedErrorId : UnauthorizedAccess
      const id = /FullyQualifiedErrorId\s*:\s*([A-Za-z][A-Za-z0-9.]{0,80})/.exec(line)?.[1];
      if (id !== undefined) return id;
    }
    return null;
  }

  /** The base class would let an environment variable win over the configuration. */
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

/** Windows PowerShell on Windows, where the Exchange snap-in lives; PowerShell 7 elsewhere. */
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
