import type { Worker, WorkerOptions } from "node:worker_threads";
import type { FilePart } from "../reading/threads/thread-messages.ts";
import type { ReadingThread } from "../reading/threads/reading-threads.ts";
import type { ThreadStart } from "../reading/threads/read-files-in-threads.ts";
import type { KnownByConfiguration } from "../reading/configured-knowledge.ts";

/** Size of the young generation of a thread, MiB. Its objects are short-lived, so a larger one only uses more memory. */
const YOUNG_MB = 8;
/** Name of the reading thread's code among the assets of the single executable. */
export const READING_THREAD_ASSET = "reading-thread.cjs";

/** Starts worker threads that read logs with the settings of the configuration. */
export function readingThreads({ reasons, events, noise }: KnownByConfiguration): ThreadStart {
  return (rules) =>
    threadOf(
      startWorker({
        workerData: { config: { reasons, events, noise }, rules },
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      }),
    );
}

/** Path of the worker's code. It is beside this file in the source and in the bundle, and an asset in the single executable. */
function startWorker(options: WorkerOptions): Worker {
  const sea = process.getBuiltinModule("node:sea");
  // Loaded with the first thread, so that a command without threads does not load it.
  const threads = process.getBuiltinModule("node:worker_threads");
  if (sea.isSea()) return new threads.Worker(sea.getAsset(READING_THREAD_ASSET, "utf8"), { ...options, eval: true });
  const isSource = import.meta.url.endsWith(".ts");
  return new threads.Worker(
    new URL(isSource ? "./reading-thread.ts" : "./reading-thread.js", import.meta.url),
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
        if (!isStopping) listener(new Error(`the thread ended with code ${code}`));
      });
    },
    stop: async () => {
      isStopping = true;
      await worker.terminate();
    },
  };
}
