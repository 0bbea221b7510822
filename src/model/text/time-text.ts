/** `2026-11-22 07:00:00 UTC` of an ISO 8601 text; any other text as it is. */
export function timeText(iso: string): string {
  // Sample: 2026-11-22T07:00:00.000Z
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*$/, "$1 $2 UTC");
}

/** `2026-11-22 07:00:00 UTC` of Unix milliseconds. */
export function timeTextOfMs(atMs: number): string {
  return timeText(new Date(atMs).toISOString());
}
