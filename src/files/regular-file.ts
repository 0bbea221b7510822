import { constants } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";

/** What stands at a path is a pipe, a device, a socket or a folder, or a link to one. */
export class NoRegularFileError extends Error {
  readonly code = "ENOTREG";

  constructor() {
    super("it is no regular file");
  }
}

/** A file is larger than whoever wants to read it whole allows. */
export class FileTooLargeError extends Error {
  readonly code = "EFBIG";
}

/** A pipe without a writer is opened at once instead of waited for. Windows has no such flag, and no such pipes among files. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (process.platform === "win32" ? 0 : constants.O_NONBLOCK);
const CHUNK_BYTES = 65_536;

/**
 * Opens a regular file, or a link to one, for reading. Anything else is not opened at all: to open a pipe can take for ever, to open a
 * device can do something. Throws a NoRegularFileError, or what the file system throws.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw new NoRegularFileError();
  const handle = await open(path, READ_WITHOUT_WAITING);
  try {
    // Something else may have taken its place since.
    if (!(await handle.stat()).isFile()) throw new NoRegularFileError();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of a regular file of at most `mostBytes`. Throws a FileTooLargeError when it has more, and what `openRegularFile()` throws. */
export async function readRegularFile(path: string, mostBytes: number): Promise<Buffer> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    refuseTooLarge(size, mostBytes);
    const parts: Buffer[] = [];
    // A file may grow while it is read, or have more than its size says.
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
