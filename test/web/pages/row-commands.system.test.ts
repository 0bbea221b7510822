import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { rowCommands } from "../../../src/web/pages/row-commands.ts";
import { findEngine } from "../../exchange/powershell/engine.ts";

const ROW = "2026-11-22T08:10:00.000Z,the row that is looked for,401";
const TEXT = `#Fields: a,b,c\r\n${"2026-11-22T08:09:59.000Z,another,200\r\n".repeat(3_000)}${ROW}\r\nand more\r\n`;
const AT = TEXT.indexOf(ROW);
const NAME = "it's ‘odd’ $(1) `x` HttpProxy_2026112208-1.LOG";

const FILES: readonly { name: string; file: string; content: Buffer; offset: number }[] = [
  { name: "an Exchange log", file: `Logging/HttpProxy/Ews/${NAME}`, content: Buffer.from(TEXT), offset: AT },
  { name: "an IIS log", file: "LogFiles/W3SVC1/u_ex261122.log", content: Buffer.from(TEXT), offset: AT },
  { name: "an HTTP.sys log", file: "LogFiles/HTTPERR/httperr1.log", content: Buffer.from(TEXT), offset: AT },
  {
    name: "a packed log",
    file: "Logging/Ews/Ews_2026112208-1.LOG.gz",
    content: gzipSync(Buffer.from(TEXT)),
    offset: AT,
  },
  { name: "events in UTF-8", file: "events/system.xml", content: Buffer.from(TEXT), offset: AT },
  {
    name: "events in UTF-16",
    file: "events/again.xml",
    content: Buffer.from(`\ufeff${TEXT}`, "utf16le"),
    offset: 2 + AT * 2,
  },
];

describe("rowCommands()", () => {
  let farm = "";
  beforeAll(() => {
    farm = mkdtempSync(join(tmpdir(), "hma-rows-"));
    for (const { file, content } of FILES) {
      mkdirSync(dirname(join(farm, "EX01", file)), { recursive: true });
      writeFileSync(join(farm, "EX01", file), content);
    }
  });
  afterAll(() => {
    rmSync(farm, { recursive: true, force: true });
  });

  test.each(FILES)("prints the row of $name in a shell", ({ file, offset }) => {
    const command = rowCommands({ server: "EX01", file, offset }, true)[1]?.command ?? "";
    expect(execFileSync("sh", ["-c", command], { cwd: farm, encoding: "utf8" }).trim()).toBe(ROW);
  });

  test("prints the row of each file in PowerShell", async () => {
    const engine = await findEngine();
    if (engine === null) return;
    // The tests' engine lacks Join-Path, and the folders of Windows are different here.
    const places = ["Logging\\", "inetpub\\logs\\LogFiles\\", "System32\\LogFiles\\"]
      .map((from) => `.Replace('${from}', '${from.includes("LogFiles") ? "LogFiles\\" : from}')`)
      .join("");
    const prelude = `function Join-Path($folder, $path) { [IO.Path]::Combine('${farm}/EX01', $path${places}.Replace('\\', '/')) }`;
    const script = join(farm, "rows.ps1");
    const commands = FILES.map(
      ({ file, offset }) => rowCommands({ server: "EX01", file, offset }, false)[0]?.command ?? "",
    );
    writeFileSync(script, `\ufeff${[prelude, ...commands].join("\n")}\n`);
    expect(
      execFileSync(engine.executable, ["-NoProfile", "-File", script], { encoding: "utf8" }).trim().split(/\r?\n/),
    ).toEqual(FILES.map(() => ROW));
  }, 180_000);

  test("uses the default folders of Windows", () => {
    const first = (file: string): string | undefined =>
      rowCommands({ server: "EX01", file, offset: 1 }, false)[0]?.command.split("\n")[0];
    expect(first("Logging/HttpProxy/Ews/a.LOG")).toBe(
      "$file = Join-Path $env:ExchangeInstallPath 'Logging\\HttpProxy\\Ews\\a.LOG'",
    );
    expect(first("LogFiles/W3SVC1/a.log")).toBe(
      "$file = Join-Path $env:SystemDrive 'inetpub\\logs\\LogFiles\\W3SVC1\\a.log'",
    );
    expect(first("LogFiles/HTTPERR/a.log")).toBe(
      "$file = Join-Path $env:SystemRoot 'System32\\LogFiles\\HTTPERR\\a.log'",
    );
    expect(first("events/a.xml")).toBe("$file = Join-Path '<folder of EX01>' 'events\\a.xml'");
  });
});
