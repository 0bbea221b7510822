import type { LiveDetection } from "../../src/live/live-detection.ts";
import type { LiveRecord } from "../../src/live/live-record.ts";
import { storedText } from "../stored-text.ts";

/** The state record of a daemon without collectors, after it was written and read again. */
export function recordOf(detection: LiveDetection): LiveRecord {
  return JSON.parse(storedText(detection.recordStream(null))) as LiveRecord;
}
