import type { FileRecord } from "./followed-file.ts";
import type { FolderRecord } from "./folder-watch.ts";
import type { RetiredRecord } from "./known-files.ts";

/** Where the follower stands: plain JSON, to be kept together with what its consumer made of the rows. */
export interface FollowState {
  readonly version: 1;
  readonly folders: readonly FolderRecord[];
  /** Header lines that files refer to by index: the files of a folder share them. */
  readonly headers: readonly string[];
  readonly files: readonly FileRecord[];
  readonly retired: readonly RetiredRecord[];
}
