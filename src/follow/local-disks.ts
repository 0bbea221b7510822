import { statfs } from "node:fs/promises";

/** Types of file systems on local disks or in memory, as statfs(2) of Linux returns them. */
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
 * Whether an open file is on a local disk, which answers at once even while shares hang. Asks the open file, not its path: the path may
 * lead elsewhere by now, and the device number of a removed disk may be reused by a share. Always false outside Linux: only Linux names
 * the type of the file system, and updates the modification time with each write (NTFS does so when the file is closed). False also for
 * FUSE, for an overlay (its layers may be anything), and when the type is unknown. May take as long as a share does; never throws.
 */
export async function isOnLocalDisk(descriptor: number): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    return LOCAL_TYPES.has((await statfs(`/proc/self/fd/${String(descriptor)}`)).type);
  } catch {
    return false;
  }
}
