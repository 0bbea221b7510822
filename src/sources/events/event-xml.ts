import { SaxesParser } from "saxes";

/** One Windows event: the fields of its System element, and the values after it. */
export interface EventXml {
  readonly provider: string;
  /** EventSourceName; "" when there is none. */
  readonly source: string;
  readonly id: number;
  readonly channel: string;
  readonly computer: string;
  readonly recordId: string;
  /** `TimeCreated SystemTime`, unparsed. */
  readonly systemTime: string;
  /** `Execution ProcessID`; 0 for events of the classic API. */
  readonly executionProcessId: number;
  /**
   * Data values by name, and leaf elements of UserData by local name; names in lower case. Values of unnamed Data are
   * under "".
   */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** A parsed event. `isComplete` is false when the text ends before the closing tag. */
export interface EventReading {
  readonly event: EventXml;
  readonly isComplete: boolean;
}

/** Longer values are cut. No value of interest is longer, and an OAuth event can carry a token. */
const MAX_VALUE_LENGTH = 2_000;
/** Further values are dropped. */
const MAX_VALUES = 200;

/**
 * Reads one event. The parser rejects a document type, so it resolves no entities of it, and it fetches nothing. An
 * event that is cut off after its System element still gives the values read so far (in an export with one event a
 * line, a line break in a Data value cuts it).
 * @returns null when the text is not a well-formed event
 */
export function readEventXml(text: string): EventReading | null {
  const reader = new EventReader();
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on("error", (error) => reader.fail(error));
  parser.on("doctype", () => reader.fail(new Error("Cannot read event: it has a document type")));
  parser.on("opentag", ({ name, attributes }) => reader.open(localName(name), attributes));
  parser.on("text", (piece) => reader.text(piece));
  parser.on("cdata", (piece) => reader.text(piece));
  parser.on("closetag", ({ name }) => reader.close(localName(name)));
  try {
    parser.write(text);
    if (reader.isComplete) parser.close();
  } catch {
    return null;
  }
  return reader.reading();
}

interface SystemPart {
  provider: string;
  source: string;
  id: number;
  channel: string;
  computer: string;
  recordId: string;
  systemTime: string;
  executionProcessId: number;
}

/** Collects one event from the parser's callbacks. A new instance is used for each event. */
class EventReader {
  isComplete = false;
  private readonly system: SystemPart = {
    provider: "",
    source: "",
    id: -1,
    channel: "",
    computer: "",
    recordId: "",
    systemTime: "",
    executionProcessId: 0,
  };
  private readonly values = new Map<string, string[]>();
  private readonly path: string[] = [];
  private isSystemClosed = false;
  private dataName = "";
  private content = "";

  /** Stops the parser: the error propagates through it to the caller of `write`. */
  fail(error: Error): never {
    throw error;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.path.length === 0 && name !== "event") this.fail(new Error("Cannot read event: the element is another"));
    this.path.push(name);
    this.content = "";
    if (this.path[1] === "system") this.openSystem(name, attributes);
    else this.dataName = (attributes["Name"] ?? "").toLowerCase();
  }

  text(piece: string): void {
    if (this.content.length < MAX_VALUE_LENGTH) this.content += piece.slice(0, MAX_VALUE_LENGTH - this.content.length);
  }

  close(name: string): void {
    const value = this.content.trim();
    this.content = "";
    this.path.pop();
    if (this.path.length === 0) this.isComplete = true;
    else if (this.path[1] === "system") this.closeSystem(name, value);
    else if (name === "system") this.isSystemClosed = true;
    else if (value !== "" && this.values.size < MAX_VALUES) this.add(name === "data" ? this.dataName : name, value);
  }

  reading(): EventReading | null {
    if (!this.isSystemClosed) return null;
    return { event: { ...this.system, values: this.values }, isComplete: this.isComplete };
  }

  private openSystem(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "provider") {
      this.system.provider = attributes["Name"] ?? "";
      this.system.source = attributes["EventSourceName"] ?? "";
    } else if (name === "timecreated") {
      this.system.systemTime = attributes["SystemTime"] ?? "";
    } else if (name === "execution") {
      this.system.executionProcessId = Number(attributes["ProcessID"] ?? 0) || 0;
    }
  }

  private closeSystem(name: string, value: string): void {
    // Only the low 16 bits are the event id; the rest are qualifiers.
    if (name === "eventid") this.system.id = Number(value) & 0xffff;
    else if (name === "eventrecordid") this.system.recordId = value;
    else if (name === "channel") this.system.channel = value;
    else if (name === "computer") this.system.computer = value;
  }

  private add(name: string, value: string): void {
    const known = this.values.get(name);
    if (known === undefined) this.values.set(name, [value]);
    else if (known.length < MAX_VALUES) known.push(value);
  }
}

/** Name without its namespace prefix, in lower case. */
function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1).toLowerCase();
}
