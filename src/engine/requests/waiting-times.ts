/** IIS writes its buffer about once a minute: so long a row waits for the request's rows in other logs before it is judged without them. */
export const JUDGE_AFTER_MS = 120_000;
/**
 * A file that is copied or locked may come nine minutes late: so long at most a request stays open to its rows before
 * it is counted without them.
 */
export const LATE_FILE_MS = 600_000;
/** After so long the latest row of a late file, too, has waited for its request's other rows and stands among its client's requests. */
export const LATE_ROW_JUDGED_MS = LATE_FILE_MS + JUDGE_AFTER_MS;
/** A row that comes later than this after the first row of its id is a new request. */
export const FORGET_AFTER_MS = 900_000;
/** History: rows may be up to 15 minutes out of order, so a loop is final only this far behind the watermark. */
export const HISTORY_SLACK_MS = 900_000;
