import { SingleBar } from "cli-progress";

export interface Progress {
  readonly update: (bytesDone: number, bytesTotal: number) => void;
  /** Tells what is done now that the logs are read. */
  readonly say: (stage: string) => void;
  /** May be called more than once. */
  readonly stop: () => void;
}

/** Between two plain lines where the output is no terminal. */
const PLAIN_EVERY_MS = 10_000;
/** ANSI: erase to the end of the line. */
const CLEAR_LINE = "\u001b[K";

/** How far a reading is: a bar with rate and time left on a terminal, else a plain line at the start and every ten seconds. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? barOn(stream) : linesOn(stream);
}

function barOn(stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    stream,
    format: "{bar} {percentage} %  {done} of {whole} MB, {rate} MB/s, {eta_formatted} left",
    clearOnComplete: true,
    hideCursor: true,
    stopOnComplete: false,
    fps: 5,
  });
  const startedMs = Date.now();
  let isShown = false;
  let hasSaid = false;
  return {
    update: (bytesDone, bytesTotal) => {
      if (!isShown) bar.start(bytesTotal, 0);
      isShown = true;
      bar.setTotal(bytesTotal);
      bar.update(bytesDone, payload(bytesDone, bytesTotal, startedMs));
    },
    // The line is taken back before the report is printed.
    say: (stage) => {
      stream.write(`\r${CLEAR_LINE}${stage} …`);
      hasSaid = true;
    },
    stop: () => {
      if (isShown) bar.stop();
      if (hasSaid) stream.write(`\r${CLEAR_LINE}`);
      isShown = hasSaid = false;
    },
  };
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
      const { done, whole, rate } = payload(bytesDone, bytesTotal, startedMs);
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

function payload(
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
