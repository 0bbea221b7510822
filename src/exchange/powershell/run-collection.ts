import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { CollectionError } from "./collection-error.ts";
import { CollectionShell, defaultExecutable } from "./collection-shell.ts";
import { killProcessTree } from "./process-tree.ts";
import { createFrameReader, type FramedReply } from "./reply-frame.ts";

export interface CollectionOptions {
  /** Path of the script. */
  readonly script: string;
  /** The script's parameters by name. A boolean is a switch. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Path or name of the PowerShell to run. Default: `powershell.exe` on Windows, `pwsh` on other systems. */
  readonly executable?: string | undefined;
  /** Time limit from the start of the process to the end of its reply. */
  readonly timeoutMs: number;
  /** Limit for standard output and standard error together. */
  readonly outputCapBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CollectionReply {
  /** The script's answer: parsed JSON, not validated. */
  readonly value: unknown;
  readonly durationMs: number;
}

const DEFAULT_OUTPUT_CAP_BYTES = 64 * 1024 * 1024;
const RUNNER_SCRIPT = fileURLToPath(new URL("./scripts/run-collection.ps1", import.meta.url));

/**
 * Runs a script in its own PowerShell process and returns its reply. The process and all its descendants have ended when the promise
 * settles. Throws `CollectionError`, or the signal's reason if it is aborted.
 */
export async function runCollection(options: CollectionOptions): Promise<CollectionReply> {
  options.signal?.throwIfAborted();
  const startedAt = performance.now();
  const reply = await runShell(options);
  const durationMs = performance.now() - startedAt;
  if (reply.outcome === "failed") throw scriptError(reply.text);
  return { value: parseReply(reply.text), durationMs };
}

async function runShell(options: CollectionOptions): Promise<FramedReply> {
  const nonce = randomBytes(16).toString("hex");
  const executable = options.executable ?? defaultExecutable();
  const cap = options.outputCapBytes ?? DEFAULT_OUTPUT_CAP_BYTES;
  const readLine = createFrameReader(nonce);
  const outcome = createOutcome();
  const onAbort = (): void => outcome.reject(options.signal?.reason);
  const shell = startShell({
    executable,
    onLine: (line) => {
      const step = readLine(line);
      if (step.kind === "reply") outcome.resolve(step.reply);
      if (step.kind === "broken") outcome.reject(badReply(step.because));
    },
    onBytes: (total) => {
      if (total > cap)
        outcome.reject(
          new CollectionError(
            "too_much_output",
            `Cannot read the reply of PowerShell: more than ${cap} bytes of output`,
          ),
        );
    },
  });
  const timer = setTimeout(() => {
    outcome.reject(
      new CollectionError("timeout", `Cannot wait longer for PowerShell: no reply within ${options.timeoutMs} ms`),
    );
  }, options.timeoutMs);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const invocation = watchInvocation(shell, runnerCommand(options, nonce), executable).then(outcome.reject);
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    if (shell.runningPid !== null) await killProcessTree(shell.runningPid);
    if (await shell.closed()) await invocation;
  }
}

interface Outcome {
  readonly promise: Promise<FramedReply>;
  readonly resolve: (reply: FramedReply) => void;
  readonly reject: (reason: unknown) => void;
}

/** A promise that several events can settle; the first one determines the outcome. */
function createOutcome(): Outcome {
  const settlers: Pick<Outcome, "resolve" | "reject"> = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<FramedReply>((resolve, reject) => Object.assign(settlers, { resolve, reject }));
  return { promise, ...settlers };
}

/** Why there is no reply after the command or the process has ended. Never rejects. */
async function watchInvocation(shell: CollectionShell, command: string, executable: string): Promise<CollectionError> {
  try {
    const result = await shell.invoke(command);
    if (result.stdout !== undefined)
      return badReply(`there is none in its output${shell.errorId === null ? "" : ` (${shell.errorId})`}`);
  } catch (error) {
    const failure = failedStart(error, executable);
    if (failure !== null) return failure;
  }
  await shell.drained();
  return exited(shell);
}

function startShell(options: ConstructorParameters<typeof CollectionShell>[0]): CollectionShell {
  try {
    return new CollectionShell(options);
  } catch (error) {
    throw missingExecutable(options.executable, error);
  }
}

/** One line of ASCII, so that no console code page changes it. */
function runnerCommand(options: CollectionOptions, nonce: string): string {
  const text = (value: string): string => Buffer.from(value, "utf8").toString("base64");
  const runner = `([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${text(RUNNER_SCRIPT)}')))`;
  const parameters = JSON.stringify(options.parameters ?? {});
  return `& ${runner} -Script64 '${text(options.script)}' -Parameters64 '${text(parameters)}' -Nonce '${nonce}'`;
}

function parseReply(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new CollectionError("bad_reply", "Cannot read the reply of PowerShell: it is not JSON", { cause: error });
  }
}

/**
 * The runner reports a failure as `{ "fact": "System.IO.IOException (no id, 0x80131620)" }`, without the message, which may contain names
 * of people.
 */
function scriptError(text: string): CollectionError {
  const value = parseReply(text);
  const { fact } = { fact: "an error", ...(typeof value === "object" ? value : null) };
  return new CollectionError("script_error", `Cannot collect: the script failed with ${String(fact)}`);
}

function badReply(because: string): CollectionError {
  return new CollectionError("bad_reply", `Cannot read the reply of PowerShell: ${because}`);
}

function exited(shell: CollectionShell): CollectionError {
  return new CollectionError(
    "exited",
    `Cannot read the reply of PowerShell: the process ended before it (${shell.howItEnded})`,
  );
}

/** Returns null if the process did start. */
function failedStart(error: unknown, executable: string): CollectionError | null {
  const { originalError, syscall } = fieldsOf(error);
  if (originalError !== undefined) return failedStart(originalError, executable);
  return String(syscall).startsWith("spawn") ? missingExecutable(executable, error) : null;
}

function missingExecutable(executable: string, cause: unknown): CollectionError {
  const { code } = fieldsOf(cause);
  const reason = typeof code === "string" ? ` (${code})` : "";
  return new CollectionError(
    "missing_executable",
    `Cannot start "${executable}": it is not a program that can be run here${reason}`,
    { cause },
  );
}

function fieldsOf(value: unknown): {
  readonly originalError?: unknown;
  readonly syscall?: unknown;
  readonly code?: unknown;
} {
  return typeof value === "object" && value !== null ? value : {};
}
