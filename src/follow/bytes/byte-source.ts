import type { ByteRange } from "../../reading/line-reader.ts";
import type { FileHandles } from "../file-handles.ts";
import type { ReadBytes } from "../identity/compare-content.ts";
import type { FollowedFile } from "../identity/followed-file.ts";
import type { OpenFolder } from "../open-folder.ts";
import type { FileStart, Identification } from "../identity/identify-file.ts";
import type { ShareTimeout } from "../share-timeout.ts";

/** What reading bytes needs of the follower, which holds the state. */
export interface ContentPort {
  /** Wall clock, and a clock that does not jump when the wall clock is set; both Unix ms. */
  readonly wall: () => number;
  readonly steady: () => number;
  readonly shareTimeout: ShareTimeout;
  readonly handles: FileHandles;
  readonly bufferBytes: number;
  recognise(file: FollowedFile, read: ReadBytes): Promise<Identification>;
  /** True when a file that begins like this is certainly no known one; false when it must be compared, by `recognise()`. */
  isCertainlyNew(file: FollowedFile, start: FileStart): boolean;
  /** The file's folder, if it is on a local disk and open. */
  folderOf(file: FollowedFile): OpenFolder | null;
  /** The path of `file` holds another file now: returns that one, and marks `file` as gone. */
  replace(file: FollowedFile): FollowedFile;
  /** `fresh` is the known file `known`: moves the location and the handle of `fresh` to `known`. */
  adopt(fresh: FollowedFile, known: FollowedFile): void;
  /** Gone files of which `fresh`, a gzip file, may be the packed form. */
  packedBefore(fresh: FollowedFile, start: FileStart): readonly FollowedFile[];
}

/** The bytes of followed files from their offsets on. There is one for plain files and one for gzip files. */
export interface ByteSource {
  /**
   * Opens the file if needed and checks its identity. Returns the file to read: the given one, the known file that it is, or the new file
   * that replaced it. Null when there is nothing to read now. Throws errors of the file system.
   */
  prepare(file: FollowedFile): Promise<FollowedFile | null>;
  /**
   * Reads the next bytes. "changed" when the bytes before the offset are not those that were read. Null when the file is not open. The
   * bytes are valid until the next call. Throws errors of the file system.
   */
  next(file: FollowedFile): Promise<ByteRange | "changed" | null>;
  /** Notes how many bytes of the range were consumed. True when there is more to read now. */
  taken(file: FollowedFile, range: ByteRange, consumed: number): boolean;
}

/** Creates the file that replaced `file` at its path, and moves the handle of `file` to it. */
export function replaceUnderHandle(port: ContentPort, file: FollowedFile): FollowedFile {
  const fresh = port.replace(file);
  port.handles.move(file, fresh);
  return fresh;
}
