import { progressFigures, type Progress } from "./progress-figures.ts";

/** Interval between two plain lines if the output is not a terminal. */
const PLAIN_EVERY_MS = 10_000;

/** Progress of a reading: on a terminal a bar with rate and remaining time, otherwise a plain line at the start and every ten seconds. */
export async function createProgress(stream: NodeJS.WriteStream): Promise<Progress> {
  return stream.isTTY ? (await import("./progress-bar.ts")).barOn(stream) : linesOn(stream);
}

function linesOn(stream: NodeJS.WriteStream): Progress {
  const startedMs = Date.now();
  let saidMs: number | null = null;
  let saidStage = "";
  return {
    update: (bytesDone, bytesTotal) => {
      const nowMs = Date.now();
      if (saidMs === null) stream.write(`reading ${(bytesTotal / 1e6).toFixed(0)} MB\n`);
      saidMs ??= nowMs;
      if (nowMs - saidMs < PLAIN_EVERY_MS) return;
      saidMs = nowMs;
      const { done, whole, rate } = progressFigures(bytesDone, bytesTotal, startedMs);
      const leftSeconds = Math.round(
        ((bytesTotal - bytesDone) / Math.max(1, bytesDone)) * ((nowMs - startedMs) / 1000),
      );
      stream.write(`read ${done} of ${whole} MB, ${rate} MB/s, ${leftSeconds} s left\n`);
    },
    say: (stage) => {
      // Sample: alerts, 3 of 22: the plain form tells of each kind of work once.
      const kind = stage.replace(/, \d+ of \d+$/, "");
      if (kind !== saidStage) stream.write(`${kind}\n`);
      saidStage = kind;
    },
    stop: () => undefined,
  };
}
