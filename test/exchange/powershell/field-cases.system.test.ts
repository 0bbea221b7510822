import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { COMMANDS } from "../../../src/catalogue/commands.ts";
import { collectSnapshot } from "../../../src/exchange/powershell/collect-snapshot.ts";
import { runCollection } from "../../../src/exchange/powershell/run-collection.ts";
import { findEngine } from "./engine.ts";
import { setStubs } from "./stubs.ts";

const CASES = resolve(import.meta.dirname, "../../../../shared/cases/exchange");
const isThere = existsSync(CASES);
if (!isThere)
  console.warn("No cases beside this repository: error texts and remote enums of real situations are skipped");
const engine = await findEngine();
const describeCases = engine === null || !isThere || process.platform === "win32" ? describe.skip : describe;
const settings = { executable: engine?.executable, timeoutMs: 120_000 };

/** Parts of the sentences that are names of persons or servers, or quoted words. */
const NAMES = /jane|doe|jeanne|dupont|maria|rossi|山田|太郎|DC1/i;
const FACT = "System.InvalidOperationException (Stub,Invoke-Stub, 0x80131509)";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "field-cases-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runText(text: string): Promise<unknown> {
  const script = join(folder, "case.ps1");
  // With a byte order mark, Windows PowerShell reads it as UTF-8.
  await writeFile(script, `\ufeff${text}`);
  return (await runCollection({ script, ...settings })).value;
}

describeCases("error texts that name people (f21-error-texts.txt)", () => {
  const sentences = isThere ? readFileSync(join(CASES, "f21-error-texts.txt"), "utf8").trim().split("\n") : [];

  test("are sentences with names", () => {
    expect(sentences.filter((sentence) => NAMES.test(sentence))).toHaveLength(5);
  });

  test.each(sentences)("leave no word in a snapshot: %s", async (sentence) => {
    setStubs({ sentence, failing: ["Get-AuthServer", "Get-Mailbox *", "Get-ExchangeCertificate *"] });
    const { json, snapshot } = await collectSnapshot(settings, { withOutbound: false });
    const failed = snapshot.errors.filter(({ part }) => ["authServers", "certificates"].includes(part));
    expect(failed.map(({ text }) => text)).toEqual([expect.stringContaining(FACT), expect.stringContaining(FACT)]);
    expect(JSON.stringify(json)).not.toMatch(NAMES);
  });

  test.each(sentences)("leave no word in the failure of a script: %s", async (sentence) => {
    const quoted = sentence.replaceAll(/['‘’]/g, "''");
    for (const text of [`throw '${quoted}'`, `throw [InvalidOperationException]::new('${quoted}')`]) {
      const failure = runText(text);
      await expect(failure).rejects.toThrow(
        /^Cannot collect: the script failed with System\.[\w.]+ \(no id, 0x[0-9A-F]{8}\)$/,
      );
    }
  });
});

describeCases("values from a remote session (f01-remote-enum.ps1)", () => {
  /** The lines of the file, with the serialisation of a session instead of the session: the same data, without a second process. */
  function script(): string {
    const text = readFileSync(join(CASES, "f01-remote-enum.ps1"), "utf8");
    const remote = /Invoke-Command -Session \$s \{([\s\S]*?)\}\s*\n\[void\]/.exec(text)?.[1] ?? "";
    const asked = /^\$a = [\s\S]*?(?=^Remove-PSSession)/m.exec(text)?.[0] ?? "";
    const declared = remote.replace(
      /Add-Type -TypeDefinition 'public (enum \w+ \{)([^}]*)\}';/,
      (_, head: string, names: string) => {
        return `${head} ${names.replaceAll(",", ";")} }\n`;
      },
    );
    return `${declared.replaceAll("global:Get-AuthServer", "global:Get-FarAuthServer")}
function Get-AuthServer { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize(@(Get-FarAuthServer))) }
$lines = @(
${asked}
)
ConvertTo-Json -Compress -InputObject @($lines)`;
  }

  let lines: readonly string[] = [];
  beforeAll(async () => {
    setStubs();
    const value = await runText(script());
    lines = Array.isArray(value) ? value.map(String) : [];
  });
  const said = (label: string): string | undefined =>
    lines
      .find((line) => line.startsWith(label))
      ?.slice(label.length)
      .trim();

  test("an enum arrives as a number: its name does not match, but the object's name does", () => {
    expect(said("type:")).toMatch(/^System\.Int32 /);
    expect([said("eq 'AzureAD' :"), said("tostring eq  :"), said("name like    :")]).toEqual(["0", "1", "1"]);
  });

  test("no command of the catalogue selects a type by its name", () => {
    const asking = Object.values(COMMANDS).filter(({ text }) => /\.Type\b/.test(text));
    expect(asking).toEqual([]);
  });

  test("a switch takes no separate value, but one after a colon, as a Boolean does", () => {
    expect(said("X space:")).toBe("flag=True id=True");
    expect(said("X colon:")).toBe("flag=True id=");
    expect(said("Y space:")).toMatch(/^A positional parameter cannot be found that accepts argument 'True'/);
    expect(said("Y colon:")).toBe("flag=True");
    expect(said("bool colon:")).toBe("flag=True");
    expect(COMMANDS.readSessionOn.text).toMatch(/-EnableAuthAdminReadSession:\$true$/);
  });
});
