/** IIS writes its buffer about once a minute: so long a row waits for the request's rows in other logs before it is judged without them. */
export const JUDGE_AFTER_MS = 120_000;
/**
 * A file that is copied or locked may come nine minutes late: so long at most a request stays open to its rows before
 * it is counted without them.
 */
export const LATE_FILE_MS = 600_000;
/** After so long the latest row of a late file, too, has waited for its request's other rows and stands among its client's requests. */
export const LATE_ROW_JUDGED_MS = LATE_FILE_MS + JUDGE_AFTER_MS;
/** So long a request's id is remembered, so that a further row of it does not count again. */
export const FORGET_AFTER_MS = 900_000;
/** In history, how far behind the watermark a loop is settled. */
export const HISTORY_SLACK_MS = 900_000;
