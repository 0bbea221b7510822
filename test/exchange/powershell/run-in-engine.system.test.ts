import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CollectionError } from "../../../src/exchange/powershell/collection-error.ts";
import { runCollection } from "../../../src/exchange/powershell/run-collection.ts";
import { findEngine } from "./engine.ts";

const engine = await findEngine();
const describeEngine = engine === null ? describe.skip : describe;

describeEngine("runCollection() in the PowerShell engine", () => {
  let folder = "";
  beforeAll(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "engine-")), "Größe 'und' $Wert 日本");
    await mkdir(folder);
  });
  afterAll(() => rm(join(folder, ".."), { recursive: true, force: true }));

  async function runText(text: string, parameters: Record<string, unknown> = {}, timeoutMs = 60_000): Promise<unknown> {
    const script = join(folder, "Skript é.ps1");
    // With a byte order mark, Windows PowerShell reads it as UTF-8.
    await writeFile(script, `\ufeff${text}`);
    return (await runCollection({ script, parameters, executable: engine?.executable, timeoutMs })).value;
  }

  async function failureOf(text: string, timeoutMs?: number): Promise<readonly [string, string]> {
    const error: unknown = await runText(text, {}, timeoutMs).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof CollectionError)) throw new Error(`no CollectionError: ${String(error)}`);
    return [error.kind, error.message];
  }

  test("passes parameters in and the reply back, with any characters", async () => {
    const name = "Ärger «日本語» 𝄞 '' \" ` $(1+1) \\ €";
    const reply = await runText(
      "param($Name, [switch] $Flag, $List) ConvertTo-Json -Compress -InputObject @{ name = $Name; flag = [bool] $Flag; list = @($List) }",
      { Name: name, Flag: true, List: [1, "ß"] },
    );
    expect(reply).toEqual({ name, flag: true, list: [1, "ß"] });
  });

  test("ignores other output as noise", async () => {
    const noise =
      "[Console]::Out.WriteLine('#hma-begin:1:ok'); [Console]::Out.Write(\"`r`nnoise\"); [Console]::Error.WriteLine('more'); 'stray'; 5;";
    expect(await runText(`${noise} '{"a":1}'`)).toEqual({ a: 1 });
  });

  test("reads a reply of 40 MB", async () => {
    const reply = await runText("'\"' + [string]::new([char] 'x', 40MB) + '\"'");
    expect(reply).toHaveLength(40 * 1024 * 1024);
  });

  test.each([
    {
      name: "throws",
      text:
        "throw [IO.IOException]::new('Access to the path ''C:\\Users\\erika'' of erika@contoso.com " +
        "(CONTOSO\\erika, S-1-5-21-1-2) is denied')",
      kind: "script_error",
      message: "Cannot collect: the script failed with System.IO.IOException (no id, 0x80131620)",
    },
    {
      name: "returns nothing",
      text: "$null = 1",
      kind: "script_error",
      message: "Cannot collect: the script failed with no reply",
    },
    {
      name: "returns no JSON",
      text: "'no json'",
      kind: "bad_reply",
      message: "Cannot read the reply of PowerShell: it is not JSON",
    },
    {
      name: "ends the shell",
      text: "[Environment]::Exit(7)",
      kind: "exited",
      message: "Cannot read the reply of PowerShell: the process ended before it (exit code 7)",
    },
  ])("reports the reason if a script $name", async ({ text, kind, message }) => {
    expect(await failureOf(text)).toEqual([kind, message]);
  });

  test("reports a script with a syntax error as failed", async () => {
    const [kind, message] = await failureOf("if (");
    expect([kind, message.slice(0, 79)]).toEqual([
      "script_error",
      "Cannot collect: the script failed with System.Management.Automation.ParseExcept",
    ]);
  });

  test("stops a hanging script", async () => {
    expect(await failureOf("[Threading.Thread]::Sleep(600000)", 8_000)).toEqual([
      "timeout",
      "Cannot wait longer for PowerShell: no reply within 8000 ms",
    ]);
  });
});
