import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { COMMANDS } from "../../src/catalogue/commands.ts";
import { runCollection } from "../../src/exchange/powershell/run-collection.ts";
import { findEngine } from "../exchange/powershell/engine.ts";
import { CMDLETS, NATIVE_COMMANDS, type Cmdlet } from "./cmdlet-syntax.ts";
import { commandsInProse } from "./catalogue-patterns.ts";
import { documentedBlocks, documentedSpans, programTexts, proseTexts } from "./printed-commands.ts";
import type { PrintedText } from "./printed-commands.ts";

const INSPECT = fileURLToPath(new URL("../exchange/powershell/inspect-commands.ps1", import.meta.url));
const engine = await findEngine();
const describeEngine = engine === null ? describe.skip : describe;

interface Element {
  readonly kind: "parameter" | "value";
  readonly name: string;
  readonly attached: string;
}

interface Called {
  readonly name: string;
  readonly elements: readonly Element[];
  readonly text: string;
}

interface Inspection {
  readonly problems: readonly string[];
  readonly commands: readonly Called[];
}

async function inspect(texts: readonly string[]): Promise<readonly Inspection[]> {
  const reply = await runCollection({
    script: INSPECT,
    executable: engine?.executable,
    timeoutMs: 120_000,
    parameters: { Texts: texts },
  });
  return reply.value as readonly Inspection[];
}

/** Common parameters of all commands. */
const COMMON = ["erroraction", "warningaction", "verbose", "confirm", "whatif"];

/** The fault of a call according to the published syntax; null if there is none. */
function faultOf(called: Called, functions: ReadonlySet<string>): string | null {
  const name = called.name.replace(/^["']|["']$/g, "");
  if (functions.has(name.toLowerCase()) || NATIVE_COMMANDS.test(name)) return null;
  const cmdlet = Object.entries(CMDLETS).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
  if (cmdlet === undefined) return `no syntax of ${name}`;
  const faults = cmdlet.sets.map((set) => faultIn(set, called));
  return faults.includes(null) ? null : `${faults[0] ?? "no parameter set"}: ${called.text}`;
}

function faultIn(set: Cmdlet["sets"][number], { elements }: Called): string | null {
  const used = new Set<string>();
  let positionals = 0;
  for (let at = 0; at < elements.length; at++) {
    const element = elements[at];
    if (element === undefined) break;
    if (element.kind === "value") {
      positionals++;
      continue;
    }
    if (COMMON.includes(element.name.toLowerCase())) {
      if (element.attached === "" && /action$/i.test(element.name)) at++;
      continue;
    }
    const name = Object.keys(set.parameters).find((known) => known.toLowerCase() === element.name.toLowerCase());
    if (name === undefined) return `no parameter -${element.name}`;
    used.add(name);
    const isValue = set.parameters[name] === "value";
    if (isValue && element.attached === "") {
      if (elements[at + 1]?.kind !== "value") return `-${name} without a value`;
      at++;
    }
    if (!isValue && !/^(\$(true|false))?$/i.test(element.attached)) return `-${name} is a switch`;
  }
  const free = set.positional.filter((name) => !used.has(name)).length;
  return positionals > free ? `${positionals} arguments without a name` : null;
}

async function faultsOf(texts: readonly PrintedText[]): Promise<readonly string[]> {
  const inspections = await inspect(texts.map(({ text }) => text));
  return texts.flatMap(({ where, text }, index) => {
    const inspection = inspections[index];
    if (inspection === undefined) return [`${where}: not inspected`];
    const functions = new Set([...text.matchAll(/function ([\w-]+)/g)].map((match) => (match[1] ?? "").toLowerCase()));
    return [
      ...inspection.problems.map((problem) => `${where}: ${problem} ${text.slice(0, 120)}`),
      ...inspection.commands.flatMap((called) => faultOf(called, functions) ?? []).map((fault) => `${where}: ${fault}`),
    ];
  });
}

/** The texts without duplicates. */
function unlike(texts: readonly PrintedText[]): readonly PrintedText[] {
  return [...new Map(texts.map((one) => [one.text, one])).values()];
}

describeEngine("printed commands", () => {
  test("of the program are valid PowerShell, with existing parameters of the cmdlets", async () => {
    expect(await faultsOf(programTexts())).toEqual([]);
  });

  test("of the documentation are valid PowerShell, with existing parameters of the cmdlets", async () => {
    expect(await faultsOf([...documentedBlocks(), ...documentedSpans()])).toEqual([]);
  });

  test("in texts of rules and dashboards are valid PowerShell, with existing parameters of the cmdlets", async () => {
    const commands = proseTexts().flatMap(commandsInProse);
    const sources = new Set(commands.map(({ where }) => where.split("/")[0]));
    expect([...sources]).toEqual(["alerts", "dashboards"]);
    expect(await faultsOf(unlike(commands))).toEqual([]);
  });

  describe("the inspection", () => {
    let faults: readonly string[] = [];
    beforeAll(async () => {
      const wrong = [
        "Set-OrganizationConfig -EnableAuthAdminReadSession $true",
        "Set-OrganizationConfig -EnableAuthAdmin:$true",
        "Set-AuthServer 'a' -RefreshAuthMetadata -IsDefaultAuthorizationEndpoint $true",
        "Set-PartnerApplication 'a' -UseAuthServer $true",
        "Get-AuthSrver",
        "Restart-WebAppPool -Name <app pool>",
        "Set-AuthConfig -Realm",
      ];
      faults = await faultsOf(wrong.map((text, index) => ({ where: String(index), text })));
    });

    test("finds correct and wrong commands within sentences, and checks them", async () => {
      const text =
        "Do not recycle; run Get-AuthServer | Where-Object { $_.Name -like 'EvoSts*' } | Set-AuthServer -RefreshAuthMetadata, then " +
        "Set-OrganizationConfig -EnableAuthAdmin $true or Set-AuthServr 'a', see Get-AuthConfig.";
      const found = commandsInProse({ where: "a sentence", text });
      expect(found.map((one) => one.text)).toEqual([
        COMMANDS.refreshKeys.text,
        "Set-OrganizationConfig -EnableAuthAdmin $true",
        "Set-AuthServr 'a'",
        "Get-AuthConfig",
      ]);
      expect(await faultsOf(found)).toEqual([
        "a sentence: no parameter -EnableAuthAdmin: Set-OrganizationConfig -EnableAuthAdmin $true",
        "a sentence: no syntax of Set-AuthServr",
      ]);
    });

    test("refuses a switch with a separate value, unknown parameters, mixed parameter sets, unknown names and syntax errors", () => {
      expect(faults.map((fault) => fault.split(":")[0])).toEqual(
        expect.arrayContaining(["0", "1", "2", "3", "4", "5", "6"]),
      );
    });
  });
});
