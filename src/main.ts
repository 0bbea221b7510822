#!/usr/bin/env node
import { runCommandLine } from "./commands/command-line.ts";
import { sizeYoungSpace } from "./commands/process/limit-heap.ts";
import { endAtOnce, endIfStartedToEnd } from "./commands/process/replace-process.ts";
import { sizeThreadPool } from "./commands/process/thread-pool.ts";

/** After a command, the process gets this long (ms) to finish, for example to write its last lines. */
const END_WAIT_MS = 1_000;

endIfStartedToEnd(process.env);
const args = process.argv.slice(2);
sizeYoungSpace(args);
sizeThreadPool(args, process.env);
process.exitCode = await runCommandLine(args);
// The process ends by itself, unless a thread waits for a share that does not answer.
setTimeout(endAtOnce, END_WAIT_MS, process.exitCode).unref();
