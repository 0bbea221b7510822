import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../../daemon/daemon-process.ts";
import { CollectionError } from "../../../src/exchange/powershell/collection-error.ts";
import { runCollection, type CollectionOptions } from "../../../src/exchange/powershell/run-collection.ts";

const FAKE_SHELL = fileURLToPath(new URL("./fake-shell.mjs", import.meta.url));
const MEBIBYTE = 1024 * 1024;

function options(parameters: Record<string, unknown>, more: Partial<CollectionOptions> = {}): CollectionOptions {
  return { script: "/scripts/collect-nothing.ps1", executable: FAKE_SHELL, timeoutMs: 30_000, parameters, ...more };
}

async function failureOf(collection: Promise<unknown>): Promise<CollectionError> {
  const outcome = await collection.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(outcome instanceof CollectionError)) throw new Error(`no CollectionError: ${String(outcome)}`);
  return outcome;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Zombies in a container without an init process count as ended. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return isAlive(pid) && !/\) Z /.test(stat);
}

const describePosix = process.platform === "win32" ? describe.skip : describe;

describePosix("runCollection()", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "collection-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("passes the parameters to the script and returns its reply, including non-ASCII text", async () => {
    const parameters = {
      mode: "echo",
      name: "Größe «日本語» 𝄞 'quoted' \"twice\" $(no) `n",
      list: ["ä", 1, true, null],
    };
    const reply = await runCollection(options(parameters));
    expect(reply.value).toEqual(parameters);
    expect(reply.durationMs).toBeGreaterThan(0);
  });

  test.each(["crlf", "escapes"])("reads a reply despite %s", async (mode) => {
    expect((await runCollection(options({ mode }))).value).toEqual({ mode });
  });

  test("reads a reply with noise on both outputs", async () => {
    expect((await runCollection(options({ mode: "noise" }))).value).toEqual({});
  });

  test("reads a reply of 40 MB", async () => {
    const reply = await runCollection(options({ mode: "large", bytes: 40 * MEBIBYTE }));
    expect(Object.values(Object(reply.value))[0]).toHaveLength(20 * MEBIBYTE);
  });

  test("reads the reply of a shell that exits directly afterwards", async () => {
    expect((await runCollection(options({ mode: "exitAfterReply" }))).value).toEqual({});
  });

  test.each([
    ["exitInTheMiddle", "exited", "Cannot read the reply of PowerShell: the process ended before it (exit code 3)"],
    ["killItself", "exited", "Cannot read the reply of PowerShell: the process ended before it (signal SIGKILL)"],
    ["silent", "bad_reply", "Cannot read the reply of PowerShell: there is none in its output"],
    ["refused", "bad_reply", "Cannot read the reply of PowerShell: there is none in its output (UnauthorizedAccess)"],
    ["otherNonce", "bad_reply", "Cannot read the reply of PowerShell: there is none in its output"],
    ["notBase64", "bad_reply", "Cannot read the reply of PowerShell: a line between its markers is not base64"],
    ["cutShort", "bad_reply", "Cannot read the reply of PowerShell: its length is not the one it names"],
    ["notJson", "bad_reply", "Cannot read the reply of PowerShell: it is not JSON"],
    [
      "scriptError",
      "script_error",
      "Cannot collect: the script failed with System.IO.IOException (HResult 0x80070005)",
    ],
  ])("for a shell that does %s, reports: %s", async (mode, kind, message) => {
    const error = await failureOf(runCollection(options({ mode })));
    expect([error.kind, error.message]).toEqual([kind, message]);
  });

  test("reports a missing program", async () => {
    const error = await failureOf(
      runCollection(options({ mode: "echo" }, { executable: join(folder, "no-such-shell") })),
    );
    expect(error.kind).toBe("missing_executable");
    expect(error.message).toMatch(
      /^Cannot start ".*no-such-shell": it is not a program that can be run here \(ENOENT\)$/,
    );
  });

  test("reports a file that is not a program", async () => {
    const error = await failureOf(
      runCollection(options({ mode: "echo" }, { executable: fileURLToPath(import.meta.url) })),
    );
    expect([error.kind, error.message.slice(-9)]).toEqual(["missing_executable", " (EACCES)"]);
  });

  test("stops reading at the limit of output", async () => {
    const error = await failureOf(runCollection(options({ mode: "flood" }, { outputCapBytes: 8 * MEBIBYTE })));
    expect([error.kind, error.message]).toEqual([
      "too_much_output",
      "Cannot read the reply of PowerShell: more than 8388608 bytes of output",
    ]);
  });

  test("kills a hanging shell and its child processes", async () => {
    const pidFile = join(folder, "grandchild.pid");
    const error = await failureOf(
      runCollection(options({ mode: "hangWithGrandchild", pidFile }, { timeoutMs: 3_000 })),
    );
    expect([error.kind, error.message]).toEqual([
      "timeout",
      "Cannot wait longer for PowerShell: no reply within 3000 ms",
    ]);
    const grandchild = Number(await readFile(pidFile, "utf8"));
    // It is killed by now, and ends when a busy machine gives it the processor.
    await until(
      async () => ((await isRunning(grandchild)) ? null : true),
      60_000,
      () => "the end of the grandchild",
    );
  });

  test("stops on its signal, with the signal's reason", async () => {
    const controller = new AbortController();
    const collection = runCollection(options({ mode: "hang" }, { signal: controller.signal }));
    controller.abort(new Error("shutting down"));
    await expect(collection).rejects.toThrow("shutting down");
    await expect(runCollection(options({ mode: "echo" }, { signal: controller.signal }))).rejects.toThrow(
      "shutting down",
    );
  });
});
