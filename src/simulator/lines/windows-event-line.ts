import type { SimulatedServer } from "../farm-server.ts";

/** A Windows event of the simulator. */
export interface SimulatedEvent {
  readonly log: "events_system" | "events_application" | "events_availability";
  readonly provider: string;
  /** Provider GUID with braces; null for classic sources, which have qualifiers instead. */
  readonly guid: string | null;
  readonly id: number;
  /** 1 critical to 4 information. */
  readonly level: number;
  /** Named data of EventData; unnamed data have a key that begins with `#`. */
  readonly data: Readonly<Record<string, string>>;
  /** EventData's Binary, or null. */
  readonly binary: string | null;
  /** True: the data are elements of UserData's EventXML. */
  readonly isUserData: boolean;
}

const CHANNELS = {
  events_system: "System",
  events_application: "Application",
  events_availability: "Microsoft-Exchange-ManagedAvailability/RecoveryActionResults",
} as const;

/** Text of an event in the layout of the server's exports. `record` is its EventRecordID. */
export function windowsEventText(
  server: SimulatedServer,
  event: SimulatedEvent,
  at: { readonly atMs: number; readonly record: number },
): string {
  const line = windowsEventLine(server, event, at);
  if (server.eventLayout === "elements") return line.replaceAll("><", ">\r\n  <");
  return server.eventLayout === "rendered" ? line.replace("</Event>", `${RENDERED}</Event>`) : line;
}

const RENDERED =
  "<RenderingInfo Culture='de-DE'><Message>Ein Ereignis,\r\nwie Windows es auf Deutsch " +
  "beschreibt.</Message><Level>Warnung</Level><Channel>System</Channel></RenderingInfo>";

/** One `<Event>` on one line, as ToXml() writes it. */
function windowsEventLine(
  server: SimulatedServer,
  event: SimulatedEvent,
  at: { readonly atMs: number; readonly record: number },
): string {
  const provider =
    event.guid === null
      ? `<Provider Name='${event.provider}'/><EventID Qualifiers='32768'>${event.id}</EventID>`
      : `<Provider Name='${event.provider}' ` +
        `Guid='${event.guid}'${event.provider.endsWith("-WAS") ? " EventSourceName='WAS'" : ""}/><EventID${event.provider.endsWith("-WAS") ? " Qualifiers='32768'" : ""}>${event.id}</EventID>`;
  const time = `${new Date(at.atMs).toISOString().slice(0, 23)}${String(at.record % 10_000).padStart(4, "0")}Z`;
  return (
    "<Event " +
    `xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>${provider}<Version>0</Version><Level>${event.level}</Level>` +
    "<Task>0</Task><Opcode>0</Opcode><Keywords>0x80000000000000</Keywords><TimeCreated " +
    `SystemTime='${time}'/><EventRecordID>${at.record}</EventRecordID>` +
    "<Correlation/><Execution ProcessID='0' " +
    `ThreadID='0'/><Channel>${CHANNELS[event.log]}</Channel><Computer>${server.fqdn.toUpperCase()}</Computer><Security/></System>` +
    `${event.isUserData ? userData(event) : eventData(event)}</Event>`
  );
}

function eventData({ data, binary }: SimulatedEvent): string {
  const items = Object.entries(data).map(([name, value]) =>
    name.startsWith("#") ? `<Data>${escaped(value)}</Data>` : `<Data Name='${name}'>${escaped(value)}</Data>`,
  );
  return `<EventData>${items.join("")}${binary === null ? "" : `<Binary>${binary}</Binary>`}</EventData>`;
}

function userData({ data }: SimulatedEvent): string {
  const items = Object.entries(data).map(([name, value]) => `<${name}>${escaped(value)}</${name}>`);
  return `<UserData><EventXML xmlns='myNs'>${items.join("")}</EventXML></UserData>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
