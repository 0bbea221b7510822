export interface Progress {
  readonly update: (bytesDone: number, bytesTotal: number) => void;
  /** Shows the current kind of work after the logs are read. */
  readonly say: (stage: string) => void;
  /** May be called more than once. */
  readonly stop: () => void;
}

/** The figures of a progress line: megabytes read, megabytes in total, and megabytes per second since `startedMs`. */
export function progressFigures(
  bytesDone: number,
  bytesTotal: number,
  startedMs: number,
): { done: string; whole: string; rate: string } {
  const seconds = Math.max(0.001, (Date.now() - startedMs) / 1000);
  return {
    done: (bytesDone / 1e6).toFixed(0),
    whole: (bytesTotal / 1e6).toFixed(0),
    rate: (bytesDone / 1e6 / seconds).toFixed(0),
  };
}
