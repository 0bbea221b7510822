import { Worker, type WorkerOptions } from "node:worker_threads";
import type { PasswordQuestion } from "./compare-password.ts";

/** Name of the password thread's code among the assets of the single executable. */
export const PASSWORD_THREAD_ASSET = "password-thread.cjs";

/** Size of the heap, MiB: a comparison needs almost none. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 } as const;

/** A thread that compares one password at a time. */
export interface PasswordThread {
  /** Rejects if the thread ends before it has answered. */
  readonly ask: (question: PasswordQuestion) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

/** Starts a thread; it does not keep the process alive. */
export function startPasswordThread(): PasswordThread {
  const worker = openWorker({ resourceLimits: LIMITS });
  worker.unref();
  // Each comparison has its own listener. Without any listener, an error would end the process.
  worker.on("error", () => undefined);
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const onAnswer = (isRight: boolean): void => settle(() => resolve(isRight));
        const onEnd = (): void => settle(() => reject(new Error("Cannot compare the password: the thread ended")));
        const settle = (done: () => void): void => {
          worker.off("message", onAnswer).off("exit", onEnd);
          done();
        };
        worker.on("message", onAnswer).on("exit", onEnd);
        worker.postMessage(question);
      }),
    stop: async () => {
      await worker.terminate();
    },
  };
}

/** Path of the worker's code. It is beside this file in the source and in the bundle, and an asset in the single executable. */
function openWorker(options: WorkerOptions): Worker {
  const sea = process.getBuiltinModule("node:sea");
  if (sea.isSea()) return new Worker(sea.getAsset(PASSWORD_THREAD_ASSET, "utf8"), { ...options, eval: true });
  const isSource = import.meta.url.endsWith(".ts");
  return new Worker(new URL(isSource ? "./password-thread.ts" : "./password-thread.js", import.meta.url), options);
}
