import { SingleBar } from "cli-progress";
import { progressFigures, type Progress } from "./progress-figures.ts";

/** ANSI: erase to the end of the line. */
const CLEAR_LINE = "\u001b[K";

/** A progress bar on a terminal. Its library is loaded only for a terminal. */
export function barOn(stream: NodeJS.WriteStream): Progress {
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
      bar.update(bytesDone, progressFigures(bytesDone, bytesTotal, startedMs));
    },
    // The bar is removed before the report is printed.
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
