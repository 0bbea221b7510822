/** Entry point of a worker thread that reads logs for `analyze`. Started by `startReadingThread()`. */
import { parentPort, workerData } from "node:worker_threads";
import { serveParts } from "../reading/threads/serve-parts.ts";
import type { ThreadRules } from "../reading/threads/thread-messages.ts";
import { agentPatterns } from "../sources/noise/agent-pattern.ts";
import { logKnowledge, type KnownByConfiguration } from "../reading/configured-knowledge.ts";

/** Data with which a reading thread is started. */
export interface ReadingThreadData {
  readonly config: KnownByConfiguration;
  readonly rules: ThreadRules;
}

const { config, rules }: ReadingThreadData = workerData;
if (parentPort !== null) serveParts(parentPort, logKnowledge(config, agentPatterns(config.noise.agents)), rules);
