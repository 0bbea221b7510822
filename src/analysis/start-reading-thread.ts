import type { Worker, WorkerOptions } from "node:worker_threads";
import type { FilePart } from "../reading/threads/thread-messages.ts";
import type { ReadingThread } from "../reading/threads/reading-threads.ts";
import type { ThreadStart } from "../reading/threads/read-files-in-threads.ts";
import type { KnownByConfiguration } from "../reading/configured-knowledge.ts";

/** A thread's young objects die at once: more room for them is only more memory. MiB. */
const YOUNG_MB = 8;
/** Name of the reading thread's code among the assets of the single executable. */
export const READING_THREAD_ASSET = "reading-thread.cjs";

/** Starts workers that read logs as the configuration says. */
export function readingThreads({ reasons, events, noise }: KnownByConfiguration): ThreadStart {
  return (rules) =>
    threadOf(
      startWorker({
        workerData: { config: { reasons, events, noise }, rules },
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      }),
    );
}

/** The worker's code stands beside this file, in the source as in the bundle; in the single executable it is an asset. */
function startWorker(options: WorkerOptions): Worker {
  const sea = process.getBuiltinModule("node:sea");
  // Loaded with the first thread: a command that starts none does without.
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
        if (!isStopping) listener(new Error(`it left with code ${code}`));
      });
    },
    stop: async () => {
      isStopping = true;
      await worker.terminate();
    },
  };
}
