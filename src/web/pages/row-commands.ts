import type { RowLocation } from "../../model/finding.ts";
import { folderAt } from "../../sources/source-folders.ts";

/** A command that prints one row of a log. */
export interface RowCommand {
  /** Where to run the command. */
  readonly where: string;
  readonly command: string;
}

/** Commands that print the row: on the Exchange server and, if there is one, in the farm folder. They can be copied without changes. */
export function rowCommands(row: RowLocation, hasFarm: boolean): readonly RowCommand[] {
  const own = { where: `PowerShell on ${row.server}`, command: powershellCommand(row) };
  return hasFarm ? [own, { where: "Shell in the farm folder", command: shellCommand(row) }] : [own];
}

/** Opens the file with sharing, so that the log's writer is not disturbed, and reads one line from the offset. */
function powershellCommand({ server, file, offset }: RowLocation): string {
  const isPacked = file.toLowerCase().endsWith(".gz");
  const stream = "[IO.File]::Open($file, 'Open', 'Read', 'ReadWrite, Delete')";
  const lines = [
    `$file = ${windowsPath(server, file)}`,
    isPacked
      ? `$log = [IO.Compression.GZipStream]::new(${stream}, [IO.Compression.CompressionMode]::Decompress)`
      : `$log = ${stream}`,
    ...(isEvents(file) && !isPacked
      ? ["$code = if ($log.ReadByte() -eq 255) { [Text.Encoding]::Unicode } else { [Text.Encoding]::UTF8 }"]
      : []),
    isPacked
      ? `$left = ${offset}; $skip = [byte[]]::new(65536); while ($left -gt 0 -and ($n = $log.Read($skip, 0, ` +
        "[Math]::Min($left, 65536))) -gt 0) { $left -= $n }"
      : `[void]$log.Seek(${offset}, 'Begin')`,
    `[IO.StreamReader]::new($log${isEvents(file) && !isPacked ? ", $code" : ""}).ReadLine(); $log.Dispose()`,
  ];
  return lines.join("\n");
}

/** PowerShell expression for the path: the default folder of the log in Exchange or IIS. */
function windowsPath(server: string, file: string): string {
  const below = file.split("/").slice(1).join("\\");
  switch (folderAt(file.toLowerCase())?.standsIn ?? null) {
    case "exchange_logging":
      return `Join-Path $env:ExchangeInstallPath ${powershellText(`Logging\\${below}`)}`;
    case "http_sys":
      return `Join-Path $env:SystemRoot ${powershellText(`System32\\LogFiles\\${below}`)}`;
    case "iis_logs":
      return `Join-Path $env:SystemDrive ${powershellText(`inetpub\\logs\\LogFiles\\${below}`)}`;
    case null:
      return `Join-Path ${powershellText(`<folder of ${server}>`)} ${powershellText(file.replaceAll("/", "\\"))}`;
  }
}

function shellCommand({ server, file, offset }: RowLocation): string {
  const path = shellText(`${server}/${file}`);
  const from = `tail -c +${offset + 1}`;
  const line = file.toLowerCase().endsWith(".gz")
    ? `gzip -dc < ${path} | ${from} | head -n 1`
    : `${from} < ${path} | head -n 1`;
  // Exported events may be UTF-16.
  return isEvents(file) ? `${line} | tr -d '\\000'` : line;
}

function isEvents(file: string): boolean {
  return file.toLowerCase().startsWith("events/");
}

/** Doubles single quotes. PowerShell treats typographic quotes as single quotes too. */
function powershellText(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

export function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
