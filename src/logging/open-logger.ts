import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createStream } from "rotating-file-stream";
import winston from "winston";
import { guardFields } from "./log-fields.ts";
import type { LogFields } from "./log-fields.ts";
import { formatJson, formatLogfmt } from "./log-layout.ts";
import { scrub } from "./scrub.ts";
import { reasonOf } from "../model/reason-of.ts";

export const SEVERITIES = ["error", "warn", "info", "debug"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface LoggerOptions {
  /** Lowest severity that is written. */
  readonly level: Severity;
  readonly format: "json" | "logfmt";
  /** Stream for the log lines; null for none. */
  readonly output: Writable | null;
  /** File that also gets the lines, as JSON; null for none. */
  readonly file: LogFile | null;
}

export interface LogFile {
  readonly path: string;
  /** Size in bytes at which it is renamed to `<path>.1` and a new file begins. */
  readonly maxBytes: number;
  /** Number of files kept, including the current one. */
  readonly maxFiles: number;
}

/** Writes a fixed sentence with facts as fields. Never throws and never waits. */
export interface Logger {
  readonly debug: (sentence: string, fields?: LogFields) => void;
  readonly info: (sentence: string, fields?: LogFields) => void;
  readonly warn: (sentence: string, fields?: LogFields) => void;
  readonly error: (sentence: string, fields?: LogFields) => void;
  /** Sets the lowest severity that is written from now on. */
  readonly setLevel: (level: Severity) => void;
  /** Resolves when all lines have been written. Later lines are dropped. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the exporter's own log. Removes tokens, accounts and addresses from texts. Throws when the file cannot be
 * opened.
 */
export function openLogger(options: LoggerOptions): Logger {
  const file = options.file === null ? null : openFile(options.file);
  const transports: winston.transport[] = [];
  if (options.output !== null)
    transports.push(new winston.transports.Stream({ stream: options.output, format: layout(options.format) }));
  if (file !== null) transports.push(new winston.transports.Stream({ stream: file, format: layout("json") }));
  const logger = winston.createLogger({
    level: options.level,
    levels: LEVELS,
    transports,
    silent: transports.length === 0,
    exitOnError: false,
  });
  // A full disk or a closed pipe must not end the daemon; the error cannot be logged anywhere.
  for (const emitter of [logger, options.output, file]) emitter?.on("error", () => undefined);
  const write = (level: Severity, sentence: string, fields: LogFields = {}): void => {
    if (logger.writable)
      logger.log({ level, message: scrub(sentence), time: new Date().toISOString(), fields: guardFields(fields) });
  };
  return {
    debug: (sentence, fields) => write("debug", sentence, fields),
    info: (sentence, fields) => write("info", sentence, fields),
    warn: (sentence, fields) => write("warn", sentence, fields),
    error: (sentence, fields) => write("error", sentence, fields),
    setLevel: (level) => {
      logger.level = level;
    },
    close: () => closeLogger(logger, transports, { output: options.output, file }),
  };
}

const LEVELS: Readonly<Record<Severity, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

function layout(format: "json" | "logfmt"): winston.Logform.Format {
  return winston.format.printf((info) => (format === "json" ? formatJson(info) : formatLogfmt(info)));
}

/** Opens the file once first, because the rotating stream does not report a wrong path. */
function openFile({ path, maxBytes, maxFiles }: LogFile): Writable {
  try {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, "a"));
  } catch (cause) {
    throw new Error(`Cannot open the log file "${path}": ${reasonOf(cause)}`, {
      cause,
    });
  }
  return createStream(basename(path), { path: dirname(path), size: `${maxBytes}B`, rotate: Math.max(1, maxFiles - 1) });
}

interface Sinks {
  readonly output: Writable | null;
  readonly file: Writable | null;
}

/** Waits until all lines have passed winston and have been written to the stream and the file. */
async function closeLogger(
  logger: winston.Logger,
  transports: readonly winston.transport[],
  { output, file }: Sinks,
): Promise<void> {
  if (!logger.writable) return;
  const passed = transports.map((transport) => once(transport, "finish").catch(() => undefined));
  logger.end();
  await Promise.all(passed);
  if (output !== null && output.writable) await new Promise<void>((resolve) => output.write("", () => resolve()));
  if (file !== null && file.writable) {
    file.end();
    await finished(file).catch(() => undefined);
  }
}
