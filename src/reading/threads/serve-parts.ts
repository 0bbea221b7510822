import type { MessagePort } from "node:worker_threads";
import type { LogKnowledge } from "../log-knowledge.ts";
import { PartReader } from "./part-reader.ts";
import type { PartRequest, ThreadRules } from "./thread-messages.ts";

/**
 * Answers requests for parts at the port, in order, until the port is closed. An error that is not an error of a file ends the thread.
 */
export function serveParts(port: MessagePort, knowledge: LogKnowledge, rules: ThreadRules): void {
  const reader = new PartReader(knowledge, rules);
  let last: Promise<void> = Promise.resolve();
  port.on("message", (request: PartRequest) => {
    last = last.then(async () => {
      const part = await reader.read(request);
      if (part !== null) port.postMessage(part, [part.stream.numbers.buffer]);
    });
  });
}
