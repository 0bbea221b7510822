import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { COLLECTION_SCRIPTS } from "../../../src/exchange/powershell/powershell-settings.ts";
import { runCollection } from "../../../src/exchange/powershell/run-collection.ts";
import { findEngine } from "./engine.ts";

const SCRIPTS = fileURLToPath(new URL("../../../src/exchange/powershell/scripts/", import.meta.url));
const INSPECT = fileURLToPath(new URL("./inspect-script.ps1", import.meta.url));
const LACKING = fileURLToPath(new URL("./fixtures/lacking-in-5.1.ps1", import.meta.url));
const ALL_SCRIPTS = ["run-collection.ps1", ...COLLECTION_SCRIPTS];

/** Commands that a script may call: those that read, that open and close a session, and that create text. */
const READ_ONLY_COMMANDS = [
  "Get-OrganizationConfig",
  "Get-AuthConfig",
  "Get-AuthServer",
  "Get-ExchangeServer",
  "Get-PartnerApplication",
  "Get-SettingOverride",
  "Get-HybridConfiguration",
  "Get-AuthenticationPolicy",
  "Get-MapiVirtualDirectory",
  "Get-WebServicesVirtualDirectory",
  "Get-OabVirtualDirectory",
  "Get-AutodiscoverVirtualDirectory",
  "Get-ActiveSyncVirtualDirectory",
  "Get-OwaVirtualDirectory",
  "Get-EcpVirtualDirectory",
  "Get-ClientAccessService",
  "Get-ExchangeCertificate",
  "Get-ServerComponentState",
  "Get-ExchangeDiagnosticInfo",
  "Get-Mailbox",
  "Get-Command",
  "Get-Service",
  "Get-WinEvent",
  "Get-CimInstance",
  "Get-CimClass",
  "Set-StrictMode",
  "Add-PSSnapin",
  "New-PSSession",
  "New-PSSessionOption",
  "Import-PSSession",
  "Remove-PSSession",
  "Invoke-Command",
  "Select-Object",
  "ForEach-Object",
  "Where-Object",
  "ConvertTo-Json",
  "ConvertFrom-Json",
];
/** Parameters that PowerShell 7 has in addition to 5.1. */
const NEWER_PARAMETERS = new Map([
  ["ConvertTo-Json", ["AsArray", "EscapeHandling"]],
  ["ConvertFrom-Json", ["AsHashtable", "NoEnumerate", "Depth", "DateKind"]],
  ["ForEach-Object", ["Parallel"]],
]);
/** Methods that change something outside the process. Each is used in one script, for one reason. */
const WRITING_MEMBERS = [
  "collect-snapshot.ps1 [IO.File]::WriteAllText",
  "collect-snapshot.ps1 [IO.File]::Replace",
  "collect-snapshot.ps1 [IO.File]::Move",
];
const DYNAMIC_CALLS = [
  "run-collection.ps1 Ampersand $path",
  "collect-snapshot.ps1 Ampersand $Reader",
  "collect-snapshot.ps1 Ampersand $AskServers",
  "collect-snapshot.ps1 Ampersand $MustStop",
  // A line of Get-Question, which the inspection reads too.
  "collect-snapshot.ps1 Ampersand $ask",
];

interface Inspection {
  readonly problems: readonly string[];
  readonly lacking: readonly string[];
  readonly commands: readonly { readonly name: string; readonly parameters: readonly string[] }[];
  readonly dynamic: readonly string[];
  readonly members: readonly string[];
  readonly functions: readonly string[];
  readonly hasDescription: boolean;
  readonly undocumented: readonly string[];
  readonly help: string;
}

const engine = await findEngine();
const describeEngine = engine === null ? describe.skip : describe;

async function inspect(paths: readonly string[]): Promise<readonly Inspection[]> {
  const reply = await runCollection({
    script: INSPECT,
    executable: engine?.executable,
    timeoutMs: 120_000,
    parameters: { Paths: paths },
  });
  return reply.value as readonly Inspection[];
}

function forbidden(script: string, { commands, functions, dynamic, members }: Inspection): string[] {
  const isKnown = (name: string): boolean => READ_ONLY_COMMANDS.includes(name) || functions.includes(name);
  return [
    ...commands.filter(({ name }) => !isKnown(name)).map(({ name }) => name),
    ...commands.flatMap(({ name, parameters }) =>
      parameters
        .filter((parameter) => NEWER_PARAMETERS.get(name)?.includes(parameter))
        .map((parameter) => `${name} -${parameter}`),
    ),
    ...commands
      .filter(({ name, parameters }) => isReader(name) && !parameters.includes("ErrorAction"))
      .map(({ name }) => `${name} without -ErrorAction`),
    ...dynamic.filter((call) => !DYNAMIC_CALLS.includes(`${script} ${call}`)),
    ...members.filter((member) => isWriting(member) && !WRITING_MEMBERS.includes(`${script} ${member}`)),
  ];
}

/** Commands that query Exchange or Windows, and those that connect. A remote session does not have the script's preferences. */
function isReader(name: string): boolean {
  // Samples: Get-AuthServer   New-PSSession
  return (
    READ_ONLY_COMMANDS.includes(name) &&
    /^(Get-.*|Add-PSSnapin|Invoke-Command|(New|Import|Remove)-PSSession)$/.test(name)
  );
}

/** Static calls of types for files, processes, the registry and the environment, except those that only read. */
function isWriting(member: string): boolean {
  // Samples: [IO.File]::Move   [Environment]::MachineName.ToUpperInvariant
  const [type = "", name = ""] = member.split("::");
  if (
    !/^\[(System\.)?(IO\.(File|Directory)|Diagnostics\.Process|Microsoft\.Win32\.Registry|Environment)\]$/i.test(type)
  )
    return false;
  return !["ReadAllText", "Exists", "GetValue", "MachineName.ToUpperInvariant"].includes(name);
}

describeEngine("collection scripts", () => {
  let inspections: readonly Inspection[] = [];
  beforeAll(async () => {
    inspections = await inspect([...ALL_SCRIPTS.map((script) => `${SCRIPTS}${script}`), LACKING]);
  }, 120_000);
  const inspectionOf = (index: number): Inspection => {
    const inspection = inspections[index];
    if (inspection === undefined) throw new Error("no inspection");
    return inspection;
  };

  test.each(ALL_SCRIPTS.map((script, index) => ({ script, index })))(
    "$script uses only Windows PowerShell 5.1 and commands that read",
    ({ script, index }) => {
      const inspection = inspectionOf(index);
      expect(inspection.problems).toEqual([]);
      expect(inspection.lacking).toEqual([]);
      expect(forbidden(script, inspection)).toEqual([]);
      expect([inspection.hasDescription, inspection.undocumented]).toEqual([true, []]);
      expect(inspection.commands.length).toBeGreaterThan(0);
    },
  );

  test("the inspection refuses what PowerShell 5.1 lacks, and commands that change something", () => {
    const inspection = inspectionOf(ALL_SCRIPTS.length);
    expect(inspection.lacking.map((text) => text.replace(/ in line \d+$/, ""))).toEqual(
      expect.arrayContaining([
        "ternary operator",
        "null-coalescing operator",
        "null-coalescing assignment",
        "null-conditional access",
        "pipeline chain",
        "escape sequence",
        "number suffix",
        "pipe at the start of a line",
        "background pipeline",
        "clean block",
      ]),
    );
    expect(forbidden("lacking-in-5.1.ps1", inspection)).toEqual(
      expect.arrayContaining([
        "Get-AuthServer without -ErrorAction",
        "Remove-Item",
        "Set-AuthServer",
        "Invoke-Expression",
        'Ampersand "$a"',
        "redirection > file.txt",
        "[IO.File]::Delete",
      ]),
    );
  });

  test("the help of the snapshot script states that it runs standalone", () => {
    expect(inspectionOf(ALL_SCRIPTS.indexOf("collect-snapshot.ps1")).help).toContain(
      "powershell -NoProfile -File collect-snapshot.ps1 -OutFile",
    );
  });
});

describe("collection scripts as files", () => {
  test("all exist, in ASCII, each with a version", async () => {
    expect((await readdir(SCRIPTS)).sort()).toEqual([...ALL_SCRIPTS].sort());
    for (const script of ALL_SCRIPTS) {
      const text = await readFile(`${SCRIPTS}${script}`, "latin1");
      // Windows PowerShell reads a script without a byte order mark in the machine's code page.
      expect([script, /[^\n\r\t -~]/.exec(text)]).toEqual([script, null]);
      expect(text).toMatch(/^\$ScriptVersion = '\d+\.\d+\.\d+'$/m);
    }
  });

  test("all report errors in the same way", async () => {
    const scrubbers = await Promise.all(
      ["run-collection.ps1", "collect-snapshot.ps1", "collect-events.ps1"].map(async (script) => {
        const text = await readFile(`${SCRIPTS}${script}`, "utf8");
        return /^function Get-ErrorFact[\s\S]*?^\}/m.exec(text)?.[0];
      }),
    );
    expect(new Set(scrubbers).size).toBe(1);
    expect(scrubbers[0]).toBeDefined();
  });
});
