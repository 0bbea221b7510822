/**
 * What the follower knows of a file's content. Drawn in docs/design/following-logs.md. Whether the file still has a name is independent
 * of it (`goneAtMs`).
 * - `new`: not compared with the known files yet, or nothing of it was read. None of its rows was handed on.
 * - `copy`: begins like another file that is present. It is not read, and compared again every 10 s.
 * - `followed`: its rows are handed on as they are written.
 * - `finished`: a gzip file that was read to its end. It is opened again only after it has changed.
 */
export type FileState = "new" | "copy" | "followed" | "finished";

/** The states that may come after each state. */
export const NEXT_STATES: Readonly<Record<FileState, readonly FileState[]>> = {
  new: ["copy", "followed"],
  copy: ["followed"],
  // "new": it is opened again before anything of it was read.
  followed: ["new", "finished"],
  // "followed": the gzip file was unpacked, so the plain file may grow, or another gzip file took its place.
  finished: ["followed"],
};

/** The state after a change. Throws when the picture has no such change: that is a bug of the follower. `file`: its path, for the error. */
export function changedState(from: FileState, to: FileState, file: string): FileState {
  if (from !== to && !NEXT_STATES[from].includes(to))
    throw new Error(`Cannot follow ${file}: a file that is ${from} cannot become ${to}`);
  return to;
}
