import { describe, expect, test } from "@jest/globals";
import { simulatedServer } from "../../../src/simulator/farm-server.ts";
import { createLogBook } from "../../../src/simulator/lines/log-book.ts";

const atMs = Date.UTC(2026, 10, 23, 23, 59, 59, 500);
const server = simulatedServer(0, "all");

describe("createLogBook()", () => {
  test("starts another HttpProxy file in the hour when one is full, and numbers from 1 in the next hour", () => {
    const book = createLogBook();
    const paths = [atMs, atMs, atMs, atMs + 1_000].map(
      (at) => book.write(server, "http_proxy/Mapi", { atMs: at, text: "x".repeat(6_000_000) }).path,
    );
    expect(paths).toEqual([
      "Logging/HttpProxy/Mapi/HttpProxy_2026112323-1.LOG",
      "Logging/HttpProxy/Mapi/HttpProxy_2026112323-1.LOG",
      "Logging/HttpProxy/Mapi/HttpProxy_2026112323-2.LOG",
      "Logging/HttpProxy/Mapi/HttpProxy_2026112400-1.LOG",
    ]);
  });

  test("starts new IIS files by day, new HTTPERR files by size, and one file of events", () => {
    const book = createLogBook();
    const row = { atMs, text: "x".repeat(1_100_000) };
    expect([row, { ...row, atMs: atMs + 1_000 }].map((one) => book.write(server, "iis_front", one).path)).toEqual([
      "LogFiles/W3SVC1/u_ex261123.log",
      "LogFiles/W3SVC1/u_ex261124.log",
    ]);
    expect([row, row].map((one) => book.write(server, "http_err", one).path)).toEqual([
      "LogFiles/HTTPERR/httperr1.log",
      "LogFiles/HTTPERR/httperr2.log",
    ]);
    expect([row, { ...row, atMs: atMs + 1e9 }].map((one) => book.write(server, "events_system", one).path)).toEqual([
      "events/system.xml",
      "events/system.xml",
    ]);
  });

  test("keeps the files of two servers separate", () => {
    const book = createLogBook();
    const other = simulatedServer(1, "all");
    book.write(server, "ews", { atMs, text: "x".repeat(11_000_000) });
    expect(book.write(server, "ews", { atMs, text: "" }).path).toBe("Logging/Ews/Ews_2026112323-2.LOG");
    expect(book.write(other, "ews", { atMs, text: "" }).path).toBe("Logging/Ews/Ews_2026112323-1.LOG");
  });

  test("ends every line with CR LF, and marks the encoding of events", () => {
    const book = createLogBook();
    expect(book.write(server, "ews", { atMs, text: "a" })).toMatchObject({
      text: "a\r\n",
      encoding: "utf8",
      server: "EX01",
      atMs,
    });
    expect(book.write(simulatedServer(1, "all"), "events_system", { atMs, text: "a" })).toMatchObject({
      header: '\uFEFF<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Events>',
      text: "a",
      encoding: "utf16le",
    });
    expect(book.write(simulatedServer(0, "all"), "events_system", { atMs, text: "a" })).toMatchObject({
      header: "\uFEFF",
      text: "a\r\n",
    });
  });

  test.each([
    ["fields", 0],
    ["fields_then_bare", 1],
    ["bare_then_fields", 2],
    ["bare", 3],
  ] as const)("an Exchange file starts with %s", (header, index) => {
    const lines = createLogBook()
      .write(simulatedServer(index, "all"), "http_proxy/Ews", { atMs, text: "" })
      .header.replace("\uFEFF", "")
      .trimEnd()
      .split("\r\n");
    const kinds = lines.map((line) =>
      line.startsWith("DateTime,RequestId,") ? "bare" : line.slice(0, line.indexOf(":")),
    );
    const block = ["#Software", "#Version", "#Log-type", "#Date", "#Fields"];
    expect(kinds).toEqual(
      { fields: block, fields_then_bare: [...block, "bare"], bare_then_fields: ["bare", ...block], bare: ["bare"] }[
        header
      ],
    );
  });
});
