/**
 * Waits before a condition is checked again: a tenth of the time waited so far, between 0.1 and 1 s. A scrape costs milliseconds of
 * processor time, so a test that waits for minutes must not scrape ten times a second.
 *
 * @param startMs when the waiting began (Unix ms)
 */
export async function pollPause(startMs: number): Promise<void> {
  const pauseMs = Math.min(1_000, Math.max(100, (Date.now() - startMs) / 10));
  await new Promise((resolve) => {
    setTimeout(resolve, pauseMs);
  });
}
