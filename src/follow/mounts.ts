import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Types of file systems on local disks or in memory, as proc_pid_mountinfo(5) names them. */
const LOCAL_TYPES: ReadonlySet<string> = new Set([
  "ext2",
  "ext3",
  "ext4",
  "xfs",
  "btrfs",
  "f2fs",
  "zfs",
  "bcachefs",
  "tmpfs",
  "devtmpfs",
  "ramfs",
]);
const FD_INFO = Buffer.alloc(256);

/** The mounts that this process sees, from `/proc`: reading that does not wait for shares. Empty outside Linux. */
export class Mounts {
  #text: string | null = null;
  #changes = 0;
  /** Ids of mounts on local disks. */
  #localIds: ReadonlySet<string> = new Set();
  /** Last parts of the paths over which something is mounted. */
  #names: ReadonlySet<string> = new Set();
  /** For each path over which something is mounted: whether that is a local disk. */
  #points: ReadonlyMap<string, boolean> = new Map();

  /** How often `look()` has seen other mounts. */
  get changes(): number {
    return this.#changes;
  }

  /** Reads the mounts. True when something was mounted or unmounted since the last call. */
  look(): boolean {
    const text = mountsNow();
    if (text === this.#text) return false;
    this.#text = text;
    this.#changes += 1;
    // Sample: 26 1 254:0 / /srv/logs rw,relatime shared:1 - ext4 /dev/vda rw
    const mounts = text.split("\n").map((line) => line.split(" "));
    const isLocal = (fields: readonly string[]): boolean => LOCAL_TYPES.has(fields[fields.indexOf("-", 6) + 1] ?? "");
    this.#localIds = new Set(mounts.filter(isLocal).map(([id = ""]) => id));
    // Of several mounts over one path the last is the one that is seen.
    this.#points = new Map(mounts.map((fields) => [pathOf(fields[4] ?? ""), isLocal(fields)]));
    this.#names = new Set([...this.#points.keys()].map((path) => path.slice(path.lastIndexOf("/") + 1)));
    return true;
  }

  /** True when something is mounted over a file or folder of this name, anywhere. */
  hasName(name: string): boolean {
    return this.#names.has(name);
  }

  /** True when something other than a local disk is mounted over exactly this path: asking for it may take as long as a share does. */
  mayHang(path: string): boolean {
    if (this.#text === null) this.look();
    return this.#points.get(path) === false;
  }

  /** True when an open file or folder is on a local disk, which answers at once even while shares hang. Does not touch its file system. */
  isLocal(descriptor: number): boolean {
    if (this.#text === null) this.look();
    // Sample: "pos:	0\nflags:	02100000\nmnt_id:	26\n"
    const id = /^mnt_id:\s*(\d+)/m.exec(infoOf(descriptor))?.[1];
    return id !== undefined && this.#localIds.has(id);
  }
}

/** Octal escapes stand for blanks, tabs, line ends and backslashes. */
function pathOf(written: string): string {
  return written.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function mountsNow(): string {
  if (process.platform !== "linux") return "";
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return "";
  }
}

/** What proc_pid_fdinfo(5) says of an open file; "" when it says nothing. */
function infoOf(descriptor: number): string {
  if (process.platform !== "linux") return "";
  let info: number | null = null;
  try {
    info = openSync(`/proc/self/fdinfo/${String(descriptor)}`, "r");
    return FD_INFO.toString("latin1", 0, readSync(info, FD_INFO, 0, FD_INFO.length, 0));
  } catch {
    return "";
  } finally {
    if (info !== null) closeSync(info);
  }
}
