/** A row waits this long (ms) for the request's rows in other logs before it is judged: IIS writes its buffer about once a minute. */
export const JUDGE_AFTER_MS = 120_000;
/**
 * A request waits this long (ms) at most before it is counted without its other rows: a file that is copied or locked may
 * arrive nine minutes late.
 */
export const LATE_FILE_MS = 600_000;
/** After this long (ms) even the last row of a late file has waited for its other rows and is an attempt of its client. */
export const LATE_ROW_JUDGED_MS = LATE_FILE_MS + JUDGE_AFTER_MS;
/** A row that arrives later than this (ms) after the first row with its id is a new request. */
export const FORGET_AFTER_MS = 900_000;
/** History: rows may be up to 15 minutes out of order, so a loop is final only this far behind the watermark. */
export const HISTORY_SLACK_MS = 900_000;
