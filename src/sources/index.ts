import type { LogFormat } from "../model/label-values.ts";
import type { Format } from "../model/format.ts";
import { createEwsFormat } from "./ews.ts";
import { createHttpErrFormat } from "./http-err.ts";
import { createHttpProxyFormat } from "./http-proxy.ts";
import { createIisFormat } from "./iis-w3c.ts";
import { createMapiHttpFormat } from "./mapi-http.ts";
import { createOAuthOutboundFormat } from "./oauth-outbound.ts";
import { NoiseFinder } from "./noise/noise-finder.ts";
import { NoiseRules, type NoiseOptions } from "./noise/noise-rules.ts";
import { createReasonFinder } from "./reasons/oauth-reason.ts";
import type { ReasonPattern } from "./reasons/oauth-reason.ts";
import { ScannerCode } from "./scan/scanner-code.ts";
import { createEventFormat } from "./windows-event.ts";
import { eventRules } from "./events/windows-event-table.ts";
import type { EventRule } from "./events/windows-event-table.ts";

export { classifyPath, endOfFile, startOfFile } from "./classify-path.ts";
export { folderAt, LOG_PARENTS, SOURCE_FOLDERS } from "./source-folders.ts";
export type { ReasonPattern } from "./reasons/oauth-reason.ts";
export type { EventMeaning, EventRule } from "./events/windows-event-table.ts";

/** What the configuration can add to the built-in formats. */
export interface FormatOptions {
  /** Patterns for the reason of a refused token, tried before the built-in ones. */
  readonly reasonPatterns?: readonly ReasonPattern[];
  /** Meanings of Windows events; a rule replaces the built-in one for its provider and id. */
  readonly eventRules?: readonly EventRule[];
  /** What counts as noise in addition to the built-in marks. */
  readonly noise?: NoiseOptions;
}

/**
 * One parser for each log format.
 * @throws Error when a pattern is not a valid regular expression, or a noise address is not a network in CIDR notation.
 */
export function createFormats(options: FormatOptions = {}): Readonly<Record<LogFormat, Format>> {
  const reasons = createReasonFinder(options.reasonPatterns);
  const noise = new NoiseFinder(new NoiseRules(options.noise ?? { addresses: [], agents: [] }));
  const code = new ScannerCode();
  return {
    iis: createIisFormat(reasons, noise, code),
    http_proxy: createHttpProxyFormat(reasons, noise, code),
    ews: createEwsFormat(reasons, noise, code),
    mapi_http: createMapiHttpFormat(reasons, noise, code),
    oauth_outbound: createOAuthOutboundFormat(),
    http_err: createHttpErrFormat(),
    events: createEventFormat(eventRules(options.eventRules)),
  };
}
