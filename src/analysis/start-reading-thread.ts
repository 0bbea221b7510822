import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { FilePart } from "../reading/threads/thread-messages.ts";
import type { ReadingThread } from "../reading/threads/reading-threads.ts";
import type { ThreadStart } from "../reading/threads/read-files-in-threads.ts";
import type { KnownByConfiguration } from "../reading/configured-knowledge.ts";

/** A thread's young objects die at once: more room for them is only more memory. MiB. */
const YOUNG_MB = 8;
/** Name of the reading thread's code among the assets of the single executable. */
export const READING_THREAD_ASSET = "reading-thread.cjs";

/** Starts workers that read logs as the configuration says. */
export function readingThreads({ reasons, events }: KnownByConfiguration): ThreadStart {
  return (rules) =>
    threadOf(
      startWorker({
        workerData: { config: { reasons, events }, rules },
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      }),
    );
}

/** The worker's code stands beside this file, compiled as it is; in the single executable it is an asset. */
function startWorker(options: WorkerOptions): Worker {
  const sea = process.getBuiltinModule("node:sea");
  if (sea.isSea()) return new Worker(sea.getAsset(READING_THREAD_ASSET, "utf8"), { ...options, eval: true });
  return new Worker(
    fileURLToPath(import.meta.url).replace(/start-reading-thread\.(ts|js)$/, "reading-thread.$1"),
    options,
  );
}

function threadOf(worker: Worker): ReadingThread {
  let isStopping = false;
  return {
    send: (request) => {
      worker.postMessage(request);
    },
    onPart: (listener) => {
      worker.on("message", (part: FilePart) => {
        listener(part);
      });
    },
    onEnd: (listener) => {
      worker.on("error", listener);
      worker.on("exit", (code) => {
        if (!isStopping) listener(new Error(`it left with code ${code}`));
      });
    },
    stop: async () => {
      isStopping = true;
      await worker.terminate();
    },
  };
}
