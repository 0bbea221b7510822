import { constants } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";

/** The path is that of a pipe, a device, a socket or a folder, or of a link to one. */
export class NoRegularFileError extends Error {
  readonly code = "ENOTREG";

  constructor() {
    super("it is not a regular file");
  }
}

/** A file is larger than the caller allows. */
export class FileTooLargeError extends Error {
  readonly code = "EFBIG";
}

/** With O_NONBLOCK, opening a pipe without a writer returns at once. Windows has neither the flag nor such pipes in its file system. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (process.platform === "win32" ? 0 : constants.O_NONBLOCK);
const CHUNK_BYTES = 65_536;

/**
 * Opens a regular file, or a link to one, for reading. Nothing else is opened: opening a pipe can block for ever, and opening a device can
 * have side effects. Throws a NoRegularFileError, or errors of the file system.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw new NoRegularFileError();
  const handle = await open(path, READ_WITHOUT_WAITING);
  try {
    // The file may have been replaced between `stat` and `open`.
    if (!(await handle.stat()).isFile()) throw new NoRegularFileError();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads a regular file of at most `mostBytes` bytes. Throws a FileTooLargeError when it has more, and what `openRegularFile()` throws. */
export async function readRegularFile(path: string, mostBytes: number): Promise<Buffer> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    refuseTooLarge(size, mostBytes);
    const parts: Buffer[] = [];
    // A file may grow while it is read, or have more bytes than its size says.
    for (let total = 0; ;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size - total + 1)));
      if (bytesRead === 0) return Buffer.concat(parts, total);
      parts.push(buffer.subarray(0, bytesRead));
      refuseTooLarge((total += bytesRead), mostBytes);
    }
  } finally {
    await handle.close();
  }
}

function refuseTooLarge(bytes: number, mostBytes: number): void {
  if (bytes > mostBytes)
    throw new FileTooLargeError(`it has ${String(bytes)} bytes or more, allowed are ${String(mostBytes)}`);
}
