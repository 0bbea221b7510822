/** Instants as the logs write them, all UTC. `atMs` is Unix milliseconds. */

/** Exchange logs: `2026-11-22T08:00:05.345Z`. */
export function exchangeTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** IIS, HTTPERR: `2026-11-22 08:00:05`. */
export function iisTime(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

/** Hourly file names of Exchange: `2026112208`. */
export function hourStamp(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return text.slice(0, 4) + text.slice(5, 7) + text.slice(8, 10) + text.slice(11, 13);
}

/** Daily file names of IIS: `261122`. */
export function dayStamp(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return text.slice(2, 4) + text.slice(5, 7) + text.slice(8, 10);
}
