import { formatDuration } from "../model/durations.ts";
import { timeText } from "../model/text/time-text.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** `2026-11-22 07:00:00 UTC`, with the ISO text as machine-readable value. */
export function instant(iso: string): Html {
  return html`<time datetime="${iso}">${timeText(iso)}</time>`;
}

/** The time, and its age at `now`. */
export function instantAndAge(iso: string, now: string): Html {
  return html`${instant(iso)} <span class="soft">(${age(iso, now)} ago)</span>`;
}

/** `3m20s` or `2d4h`: the two largest units of the time from `iso` to `now`; `0s` if it is in the future. */
export function age(iso: string, now: string): string {
  return roughly(Date.parse(now) - Date.parse(iso));
}

/** The two largest units of a number of milliseconds. */
export function roughly(ms: number): string {
  if (!Number.isFinite(ms)) return "unknown";
  const whole = formatDuration(Math.floor(Math.max(0, ms) / 1000) * 1000);
  // Sample: 2d4h13m5s
  return /^\d+[a-z]+(?:\d+[a-z]+)?/.exec(whole)?.[0] ?? whole;
}
