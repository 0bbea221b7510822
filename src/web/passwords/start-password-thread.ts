import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { PasswordQuestion } from "./compare-password.ts";

/** Name of the password thread's code among the assets of the single executable. */
export const PASSWORD_THREAD_ASSET = "password-thread.cjs";

/** Comparing needs no heap to speak of. MiB. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 } as const;

/** A thread that answers one question at a time. */
export interface PasswordThread {
  /** Rejects when the thread ends before it has answered. */
  readonly ask: (question: PasswordQuestion) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

/** Starts a thread; it does not keep the process alive. */
export function startPasswordThread(): PasswordThread {
  const worker = openWorker({ resourceLimits: LIMITS });
  worker.unref();
  // Each question listens for itself; without any, an error would end the process.
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

/** The worker's code stands beside this file, compiled as it is; in the single executable it is an asset. */
function openWorker(options: WorkerOptions): Worker {
  const sea = process.getBuiltinModule("node:sea");
  if (sea.isSea()) return new Worker(sea.getAsset(PASSWORD_THREAD_ASSET, "utf8"), { ...options, eval: true });
  return new Worker(
    fileURLToPath(import.meta.url).replace(/start-password-thread\.(ts|js)$/, "password-thread.$1"),
    options,
  );
}
