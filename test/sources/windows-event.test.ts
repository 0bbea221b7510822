import { describe, expect, test } from "@jest/globals";
import { classifyPath, createFormats } from "../../src/sources/index.ts";
import { FORMATS } from "./plain-formats.ts";
import type { Format } from "../../src/model/format.ts";
import type { ParsedLine } from "../../src/model/row.ts";
import { parseLines, readFixture } from "./read-fixture.ts";

const log = classifyPath("events/System.xml")!;
const { lines, expected } = readFixture("windows-event/events.xml");

function parse(line: string | Buffer, format: Format = FORMATS.events): ParsedLine {
  return parseLines(format, log, [line])[0]!;
}

/** An event of the channel "System". */
function event(provider: string, id: number, data = ""): string {
  return (
    `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="${provider}"/><EventID>${id}</EventID>` +
    `<TimeCreated SystemTime="2026-11-22T08:00:00.0000000Z"/><EventRecordID>7</EventRecordID><Channel>System</Channel>` +
    `<Computer>EX01</Computer></System><EventData>${data}</EventData></Event>`
  );
}

function inChannel(channel: string, text: string): string {
  return text.replace("<Channel>System<", `<Channel>${channel}<`);
}

describe("encodings of event exports", () => {
  const utf16 = lines.map((line) => Buffer.from(line, "utf16le"));

  test("UTF-16LE, each line with its raw bytes", () => {
    expect(parseLines(FORMATS.events, log, utf16)).toEqual(expected);
  });

  test("UTF-16LE with a byte order mark, CRLF", () => {
    const raw = utf16.map((line, at) =>
      Buffer.concat([at === 0 ? Buffer.from([0xff, 0xfe]) : Buffer.alloc(0), line, Buffer.from("\r", "utf16le")]),
    );
    expect(parseLines(FORMATS.events, log, raw)).toEqual(expected);
  });

  test("UTF-16LE cut at the byte 0x0a, so that each line starts with the second byte of its line feed", () => {
    const raw = utf16.map((line, at) => (at === 0 ? line : Buffer.concat([Buffer.from([0]), line])));
    expect(parseLines(FORMATS.events, log, raw)).toEqual(expected);
  });

  test("blank lines of UTF-16LE", () => {
    for (const text of ["\r", "\ufeff\r", "  "]) expect(parse(Buffer.from(text, "utf16le"))).toEqual({ kind: "blank" });
  });

  test("bytes that are not text", () => {
    expect(parse(Buffer.from([0, 0, 0, 0]))).toEqual({ kind: "unreadable", reason: "encoding" });
    expect(parse(Buffer.from("<Event>\0</Event>"))).toEqual({ kind: "unreadable", reason: "encoding" });
  });
});

describe("eventKey", () => {
  const keyOf = (line: string): unknown => {
    const parsed = parse(line);
    return parsed.kind === "row" && parsed.row.kind === "event" ? parsed.row.eventKey : parsed;
  };
  const one = inChannel("Application", event("MSExchange OAuth", 2008));

  test("two exports of one event have one key, whatever they add", () => {
    const other = one
      .replaceAll('"', "'")
      .replace("08:00:00.0000000Z", "08:00:00.000Z")
      .replace("EX01", "ex01")
      .replace("</Event>", "<RenderingInfo Culture='de-DE'><Message>Neu</Message></RenderingInfo></Event>");
    expect(keyOf(other)).toBe(keyOf(one));
  });

  test.each([
    ["record", "<EventRecordID>7<", "<EventRecordID>8<"],
    ["computer", "EX01", "EX02"],
    ["time", "08:00:00.0000000Z", "08:00:01.0000000Z"],
    ["channel", "Application", "System"],
  ])("another %s is another event", (_, from, to) => {
    expect(keyOf(one.replace(from, to))).not.toBe(keyOf(one));
  });
});

describe("workers that WAS or they themselves stop", () => {
  const pool = "<Data Name='AppPoolID'>MSExchangeSyncAppPool</Data>";

  test("WAS 5127: an untrusted worker is stopped", () => {
    expect(parse(event("Microsoft-Windows-WAS", 5127, pool))).toMatchObject({
      row: { label: "WAS 5127", event: { fact: "worker_recycled", appPool: "MSExchangeSyncAppPool", reason: "crash" } },
    });
  });

  test("W3SVC-WP 2299: a worker that requests a recycle, if it names its pool", () => {
    const provider = "Microsoft-Windows-IIS-W3SVC-WP";
    expect(parse(event(provider, 2299, pool))).toMatchObject({
      row: { label: "W3SVC-WP 2299", event: { fact: "worker_recycled", reason: "unknown" } },
    });
    expect(parse(event(provider, 2299, "<Data Name='Reason'>x</Data>"))).toMatchObject({
      row: { label: "W3SVC-WP 2299", event: { fact: "noted", appPool: null } },
    });
  });
});

describe("excluded content", () => {
  test("no text of an event is in its row", () => {
    const row = JSON.stringify(
      parse(
        inChannel(
          "Application",
          event(
            "MSExchange OAuth",
            2006,
            "<Data>eyJ0eXAiOiJKV1Qi secret token of anna in MSExchangeServicesAppPool</Data>",
          ),
        ),
      ),
    );
    expect(row).toContain("MSExchangeServicesAppPool");
    expect(row).not.toMatch(/secret|eyJ0|anna|Application/);
  });

  test("entities of a document type are not expanded", () => {
    const bomb = `<!DOCTYPE Event [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${event("WAS", 5011, "<Data Name='AppPoolID'>&b;</Data>")}`;
    expect(parse(bomb)).toEqual({ kind: "unreadable", reason: "xml" });
  });

  test("deep, wide and long events are read or refused, without recursion", () => {
    const pool = "<Data Name='AppPoolID'>MSExchangeSyncAppPool</Data>";
    expect(parse(event("WAS", 5011, "<a>".repeat(10_000)))).toEqual({ kind: "unreadable", reason: "xml" });
    expect(parse(event("WAS", 5011, "<a>".repeat(10_000) + "</a>".repeat(10_000) + pool))).toMatchObject({
      row: { event: { appPool: "MSExchangeSyncAppPool" } },
    });
    expect(parse(event("WAS", 5011, "<Data>x</Data>".repeat(10_000) + pool))).toMatchObject({
      row: { event: { appPool: "MSExchangeSyncAppPool" } },
    });
    expect(parse(event("WAS", 5011, `<Data>${"x".repeat(1_000_000)}</Data>`))).toEqual({
      kind: "unreadable",
      reason: "missing_field",
    });
  });
});

describe("configured event rules", () => {
  const configured = createFormats({
    eventRules: [
      { provider: "microsoft-windows-was", id: 5078, means: { fact: "worker_recycled", reason: "on_demand" } },
      { provider: "MSExchange OAuth", id: 3008, means: { fact: "oauth", name: "new_certificates_from_metadata_url" } },
      { provider: "EventLog", id: 6005, means: { fact: "nothing" } },
      { provider: "Our Agent", id: 1, channel: "Operations", means: { fact: "noted" } },
    ],
  }).events;
  const pool = "<Data Name='AppPoolID'>MSExchangeSyncAppPool</Data>";

  test("replace built-in ones", () => {
    expect(parse(event("Microsoft-Windows-WAS", 5078, pool))).toMatchObject({ row: { event: { reason: "unknown" } } });
    expect(parse(event("Microsoft-Windows-WAS", 5078, pool), configured)).toMatchObject({
      row: { event: { reason: "on_demand" } },
    });
    expect(parse(event("EventLog", 6005), configured)).toMatchObject({ kind: "ignored" });
  });

  test("are added to built-in ones", () => {
    expect(parse(event("MSExchange OAuth", 3008))).toMatchObject({ kind: "ignored" });
    expect(parse(event("MSExchange OAuth", 3008), configured)).toMatchObject({
      row: { label: "MSExchange OAuth 3008", event: { fact: "oauth" } },
    });
    expect(parse(inChannel("Our/Operations", event("our agent", 1, pool)), configured)).toMatchObject({
      row: { label: "Our Agent 1", event: { fact: "noted", appPool: "MSExchangeSyncAppPool" } },
    });
    expect(parse(inChannel("Our/Other", event("our agent", 1, pool)), configured)).toMatchObject({ kind: "ignored" });
  });
});
