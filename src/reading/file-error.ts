import { reasonOf } from "../model/reason-of.ts";

/** Why a file or folder could not be read. Sample message: `Cannot read EX01/LogFiles/...: permission denied (EACCES)`. */
export interface FileError {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly file: string;
  readonly message: string;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no such file or folder",
  EBUSY: "another process holds it",
  EIO: "input or output error",
  EISDIR: "it is a folder",
  ENOTDIR: "it is not a folder",
  EMFILE: "too many open files",
  ESTALE: "the share has lost it",
  ENOTREG: "it is not a regular file",
  ETIMEDOUT: "no answer in time",
  Z_DATA_ERROR: "its compressed data is damaged",
  Z_BUF_ERROR: "its compressed data ends too early",
};

/** The code of a system error (`ENOENT`); "" for anything else. */
export function errorCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}

/** Reason of a system error with its code, in words for people; the error's message when it has no code. */
export function systemReasonOf(error: unknown): string {
  const code = errorCode(error);
  const reason = REASONS[code];
  if (reason !== undefined) return `${reason} (${code})`;
  if (code !== "") return code;
  return reasonOf(error);
}

/** A FileError for a system error. `file`: path below the server's folder, with `/`. */
export function fileError(server: string, file: string, error: unknown): FileError {
  return { server, file, message: `Cannot read ${server}/${file}: ${systemReasonOf(error)}` };
}
