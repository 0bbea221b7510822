import { stat } from "node:fs/promises";
import type { ByteRange } from "../../reading/line-reader.ts";
import type { Unpacking } from "../file-handles.ts";
import { compareContent, PassingBytes } from "../identity/compare-content.ts";
import { fileIdOf } from "../identity/file-id.ts";
import type { FollowedFile } from "../identity/followed-file.ts";
import { PROBE_BYTES, probeStart } from "../identity/identify-file.ts";
import { replaceUnderHandle, type ByteSource, type ContentPort } from "./byte-source.ts";

/** The bytes of gzip files, which are unpacked while they are read. */
export class PackedBytes implements ByteSource {
  readonly #port: ContentPort;

  constructor(port: ContentPort) {
    this.#port = port;
  }

  async prepare(given: FollowedFile): Promise<FollowedFile | null> {
    const { handles, shareTimeout } = this.#port;
    if (given.goneAtMs !== null) return null;
    if (handles.unpackingOf(given) !== null) return given;
    const facts = await shareTimeout.run(given.server, () => stat(given.location.path, { bigint: true }));
    const mark = `${String(facts.size)} ${String(facts.mtimeNs)}`;
    if (given.brokenAs === mark || isReadToEnd(given, mark)) return null;
    // It was replaced after it was read to its end: what is new in it is read.
    if (given.state === "finished") given.become("followed");
    for (const known of given.isUnidentified ? await this.#packedBefore(given) : [given]) {
      if (!(await this.#skipTo(handles.unpack(given), known))) continue;
      if (known !== given) this.#port.adopt(given, known);
      known.fileId = fileIdOf(facts);
      known.packedAs = mark;
      return known;
    }
    const file = given.isUnidentified ? given : replaceUnderHandle(this.#port, given);
    file.become("followed");
    file.fileId = fileIdOf(facts);
    file.packedAs = mark;
    handles.unpack(file);
    return file;
  }

  async next(file: FollowedFile): Promise<ByteRange | null> {
    const unpacking = this.#port.handles.unpackingOf(file);
    if (unpacking === null) return null;
    if (file.reader.aheadAtMs === null || unpacking.left.length === 0) await this.#unpackMore(file, unpacking);
    return { bytes: unpacking.left, start: 0, end: unpacking.left.length, isEnd: unpacking.isEnd };
  }

  taken(file: FollowedFile, { bytes }: ByteRange, consumed: number): boolean {
    const { handles } = this.#port;
    const unpacking = handles.unpackingOf(file);
    if (unpacking !== null) unpacking.left = bytes.subarray(consumed);
    if (file.state !== "finished") return true;
    handles.close(file);
    return false;
  }

  /** Gone files of which a new gzip file may be the packed form. */
  async #packedBefore(fresh: FollowedFile): Promise<readonly FollowedFile[]> {
    const unpacking = this.#port.handles.unpack(fresh);
    while (unpacking.left.length < PROBE_BYTES && !unpacking.isEnd) await this.#unpackMore(fresh, unpacking);
    const start = await probeStart(fresh, (position, length) =>
      Promise.resolve(unpacking.left.subarray(position, position + length)),
    );
    return this.#port.packedBefore(fresh, start);
  }

  /** Unpacks up to the offset of `known`. False when the content differs from what was read of `known`. */
  async #skipTo(unpacking: Unpacking, known: FollowedFile): Promise<boolean> {
    const passing = new PassingBytes(known);
    while (passing.position < known.reader.offset) {
      await this.#unpackMore(known, unpacking);
      const taken = unpacking.left.subarray(0, known.reader.offset - passing.position);
      if (taken.length === 0 && unpacking.isEnd) return false;
      passing.pass(taken);
      unpacking.left = unpacking.left.subarray(taken.length);
    }
    return (await compareContent(passing.read, known)) === "same";
  }

  async #unpackMore(file: FollowedFile, unpacking: Unpacking): Promise<void> {
    if (unpacking.isEnd) return;
    const next = await this.#port.shareTimeout.run(file.server, () => unpacking.chunks.next());
    if (next.done === true) unpacking.isEnd = true;
    else unpacking.left = unpacking.left.length === 0 ? next.value : Buffer.concat([unpacking.left, next.value]);
  }
}

/** True when the file was read to its end and has not changed since. `mark`: its size and modification time. */
function isReadToEnd(file: FollowedFile, mark: string): boolean {
  if (file.state !== "finished") return false;
  // After a restart: the file as it is now is the one that was read.
  if (file.packedAs === "") file.packedAs = mark;
  return file.packedAs === mark;
}
