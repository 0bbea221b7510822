import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { LOG_FORMATS } from "../../src/model/label-values.ts";
import { LOG_SOURCES } from "../../src/model/logs/log-sources.ts";
import { folderAt, LOG_PARENTS, SOURCE_FOLDERS } from "../../src/sources/source-folders.ts";
import { cutColumns, slotsOf } from "../../src/sources/text/slots.ts";
import { sources, SRC } from "../house/source-imports.ts";

describe("folderAt()", () => {
  test.each([
    ["logging/ews", "ews"],
    ["logging/ews/ews_2026112208-1.log", "ews"],
    ["logging/httpproxy", "http_proxy"],
    ["logging/httpproxy/ews/httpproxy_2026112208-1.log", "http_proxy"],
    ["logging/mapihttp", "mapi_http"],
    ["logfiles/w3svc12/u_ex261122.log", "iis"],
    ["logfiles/httperr/httperr1.log", "http_err"],
    ["events/system.xml", "events"],
    ["logging", null],
    ["logfiles", null],
    ["elsewhere/a.log", null],
    ["", null],
  ])("%s", (path, format) => {
    expect(folderAt(path)?.format ?? null).toBe(format);
  });
});

test("the parents of log folders are derived from the records", () => {
  expect([...LOG_PARENTS].sort()).toEqual(["", "logfiles", "logging", "logging/httpproxy", "logging/mapihttp"]);
});

describe("the records of the logs", () => {
  test.each(LOG_FORMATS)("%s: every column has its own slot, in the order of the record", (format) => {
    const { columns } = LOG_SOURCES[format];
    const slots = Object.values<number>(slotsOf(columns)).filter((slot) => slot >= 0);
    expect(slots).toEqual(cutColumns(columns).map((_, slot) => slot));
  });

  test("only the records contain a log's folder, except for the simulator, which writes the logs", () => {
    const folders = SOURCE_FOLDERS.filter(({ format }) => format !== "events").map(
      ({ path }) => path.split("<")[0]?.toLowerCase() ?? "",
    );
    // Messages that show the structure of a farm folder.
    const sentences = new Set(["commands/analyze.ts", "daemon/known-servers.ts"]);
    const others = sources(SRC).filter(
      (file) =>
        !/[\\/](simulator|model[\\/]logs)[\\/]/.test(file) && !sentences.has(relative(SRC, file).replaceAll("\\", "/")),
    );
    expect(others.length).toBeGreaterThan(300);
    expect(others.flatMap((file) => copiesIn(relative(SRC, file), readFileSync(file, "utf8"), folders))).toEqual([]);
  });

  test("the guard reports a folder in another file, but not in a comment", () => {
    const text = '// `Logging/Ews` is read\nconst a = "Logging/Ews/x.LOG"; /** LogFiles/HTTPERR */';
    expect(copiesIn("a.ts", text, ["logging/ews", "logfiles/httperr"])).toEqual(["a.ts: logging/ews"]);
  });
});

/** Log folders in a source file outside its comments. */
function copiesIn(file: string, text: string, folders: readonly string[]): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "").toLowerCase();
  return folders.filter((folder) => code.includes(folder)).map((folder) => `${file}: ${folder}`);
}
