import { statfs } from "node:fs/promises";

/** Types of file systems on a disk of this machine, or in its memory, as statfs(2) of Linux gives them. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2 to ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);

/**
 * Whether the open file stands on a disk of this machine, which answers at once whatever happens to shares. Asked of the open file
 * itself: its path may lead elsewhere by now, and the number of a device that is gone is given to the next one, which may be a
 * share. Linux alone says what file system it is, and gives a file that is written to a new time at once (NTFS does that when it is
 * closed). False for all that cannot be known, for FUSE, and for an overlay, whose parts may be anything. It may take as long as a
 * share does, and never throws for what the file system says.
 */
export async function isOnLocalDisk(descriptor: number): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    return LOCAL_TYPES.has((await statfs(`/proc/self/fd/${String(descriptor)}`)).type);
  } catch {
    return false;
  }
}
