import { neededColumns } from "../catalogue/log-columns.ts";
import { isSilent, type FileAccount } from "../model/finding.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { LogGap } from "../model/log-gap.ts";

/** Maximum number of sentences of one kind; the number of omitted ones is shown. */
const MAX_SENTENCES = 10;

/** What cannot be known from the logs, one sentence each, for reports and the status page. */
export function logNotices(gaps: readonly LogGap[], accounts: Iterable<FileAccount>): readonly string[] {
  return [...limited(gaps.map(gapSentence)), ...limited([...accounts].filter(isSilent).map(silentSentence))];
}

/** Sample: `IIS of EX01 does not log sc-substatus (the kind of a 401: …)`. */
function gapSentence({ server, format, columns }: LogGap): string {
  const meanings = neededColumns(format);
  const list = columns.map((column) => `${column} (${meanings.get(column) ?? "needed"})`).join(", ");
  return `${LOG_SOURCES[format].title} of ${server} does not log ${list}: this is not known.`;
}

function silentSentence({ server, file, bytes }: FileAccount): string {
  const what = /^events\//i.test(file) ? "event" : "row";
  return `${server}/${file} (${bytes} bytes) gave no ${what}: what it should show is not known.`;
}

function limited(sentences: readonly string[]): readonly string[] {
  const rest = sentences.length - MAX_SENTENCES;
  return rest <= 0 ? sentences : [...sentences.slice(0, MAX_SENTENCES), `And so do ${rest} more logs.`];
}
