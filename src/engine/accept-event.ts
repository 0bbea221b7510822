import type { Engine } from "./create-engine.ts";
import type { ServerState } from "./server-state.ts";
import type { WindowsEventRow } from "../model/row.ts";

/** Events kept per server and kind. Beyond it, the oldest quarter is dropped. */
const MAX_EVENTS = 2_000;

/** Takes a Windows event of a server. An event with a known key was exported twice and is ignored. */
export function acceptEvent(engine: Engine, server: ServerState, row: WindowsEventRow, arrivedAtMs: number): void {
  if (engine.seenEvents.has(row.eventKey)) return;
  engine.seenEvents.add(row.eventKey);
  server.workers.noteEvent(row, arrivedAtMs);
  const { event, atMs, label } = row;
  if (event.fact === "oauth")
    server.oauthEvents = withNote(server.oauthEvents, { atMs, name: event.name, appPool: event.appPool, label });
  if (event.fact === "auth_admin")
    server.authAdminEvents = withNote(server.authAdminEvents, { atMs, name: event.name, label, server: server.name });
}

function withNote<N extends { readonly atMs: number }>(notes: N[], note: N): N[] {
  notes.push(note);
  return notes.length > MAX_EVENTS ? notes.sort((a, b) => a.atMs - b.atMs).slice(MAX_EVENTS / 4) : notes;
}
