/** A thread that reads logs for `analyze`: the entry point of its own worker. Started by `startReadingThread()`. */
import { parentPort, workerData } from "node:worker_threads";
import { serveParts } from "../reading/threads/serve-parts.ts";
import type { ThreadRules } from "../reading/threads/thread-messages.ts";
import { logKnowledge, type KnownByConfiguration } from "../reading/configured-knowledge.ts";

/** What a reading thread is started with. */
export interface ReadingThreadData {
  readonly config: KnownByConfiguration;
  readonly rules: ThreadRules;
}

const { config, rules }: ReadingThreadData = workerData;
if (parentPort !== null) serveParts(parentPort, logKnowledge(config), rules);
