import { runScript, type PartError, type PowerShellSettings } from "./powershell-settings.ts";
import {
  replyInstant,
  replyItemText,
  replyList,
  replyNumber,
  replyObject,
  replyText,
  type ReplyObject,
} from "./reply-fields.ts";
import { HOUR_MS } from "../../model/durations.ts";

/** Position up to which a channel has been read. */
export interface EventBookmark {
  readonly recordId: number;
  /** Time of the last record read (Unix ms). Reading continues from it if the log was cleared and its ids start again. */
  readonly atMs: number;
}

/** Bookmarks by channel name. */
export type EventBookmarks = Readonly<Record<string, EventBookmark>>;

export interface ChannelEvents {
  readonly channel: string;
  /** Events oldest first, each as `<Event>…</Event>` without line breaks, like the lines of an exported file. */
  readonly lines: readonly string[];
  /** The channel has more events: collect again soon. */
  readonly isCut: boolean;
  /** Number of records that the log overwrote before they were read, whether of interest or not. */
  readonly lostRecords: number;
}

export interface CollectedEvents {
  readonly channels: readonly ChannelEvents[];
  /** Bookmarks for the next collection. A channel that failed keeps its old one. */
  readonly bookmarks: EventBookmarks;
  /** Channels that could not be read. */
  readonly errors: readonly PartError[];
  readonly durationMs: number;
}

export interface EventOptions {
  /** How far back a channel without a bookmark is read. */
  readonly lookbackMs?: number;
  /** Maximum number of events of one channel in one collection. */
  readonly maxEvents?: number;
}

interface ChannelReply {
  readonly events: ChannelEvents;
  readonly bookmark: EventBookmark;
}

/** Collects the Windows events since the bookmarks. Throws `CollectionError`. */
export async function collectEvents(
  bookmarks: EventBookmarks,
  settings: PowerShellSettings,
  options: EventOptions = {},
): Promise<CollectedEvents> {
  const parameters = {
    Bookmarks: Object.fromEntries(
      Object.entries(bookmarks).map(([channel, { recordId, atMs }]) => [
        channel,
        { recordId, at: new Date(atMs).toISOString() },
      ]),
    ),
    ...(options.lookbackMs === undefined ? {} : { LookbackHours: options.lookbackMs / HOUR_MS }),
    ...(options.maxEvents === undefined ? {} : { MaxEvents: options.maxEvents }),
  };
  const { value, durationMs } = await runScript("collect-events.ps1", parameters, settings);
  const reply = replyObject(value, "the reply");
  const channels = replyList(reply, "channels", (item, path) => readChannel(replyObject(item, path), bookmarks));
  const renewed = channels.map(({ events, bookmark }) => [events.channel, bookmark] as const);
  return {
    channels: channels.map(({ events }) => events),
    bookmarks: { ...bookmarks, ...Object.fromEntries(renewed) },
    errors: replyList(reply, "errors", readPartError),
    durationMs,
  };
}

function readChannel(fields: ReplyObject, bookmarks: EventBookmarks): ChannelReply {
  const channel = replyText(fields, "channel");
  const previous = bookmarks[channel];
  return {
    events: {
      channel,
      lines: replyList(fields, "lines", replyItemText),
      isCut: fields["isCut"] === true,
      lostRecords: lostRecords(previous, replyNumber(fields, "oldestRecordId"), replyNumber(fields, "newestRecordId")),
    },
    bookmark: { recordId: replyNumber(fields, "recordId"), atMs: replyInstant(fields, "at") },
  };
}

/** Records lost. A cleared log starts below the bookmark: the number of lost records is unknown and counts as none. */
export function lostRecords(previous: EventBookmark | undefined, oldest: number, newest: number): number {
  if (previous === undefined || newest < previous.recordId) return 0;
  return Math.max(0, oldest - previous.recordId - 1);
}

function readPartError(item: unknown, path: string): PartError {
  const fields = replyObject(item, path);
  return { part: replyText(fields, "part"), text: replyText(fields, "text") };
}
