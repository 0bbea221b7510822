import { pipeline, Readable } from "node:stream";
import { openRegularFile } from "../files/regular-file.ts";

const PACKED_BYTES = 65_536;
const UNPACKED_BYTES = 65_536;

/**
 * Unpacks a `.gz` file of one or several members. Each chunk is a buffer of its own. The file is open only while a piece of it is read,
 * so a reader that waits for its turn holds no handle. `onPacked` receives the number of compressed bytes read. Throws when the file
 * cannot be read, is damaged, or ends too early. Leaving the loop frees everything.
 */
export async function* gzipChunks(
  path: string,
  onPacked: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  // Loaded only when the first gzip file is read.
  const { createGunzip } = process.getBuiltinModule("node:zlib");
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES });
  const packed = Readable.from(packedPieces(path, onPacked), { objectMode: true, highWaterMark: 1 });
  pipeline(packed, gunzip, () => undefined);
  for await (const chunk of gunzip) {
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}

async function* packedPieces(path: string, onPacked: (bytes: number) => void): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; ;) {
    const piece = await readPiece(path, position);
    if (piece.length === 0) return;
    position += piece.length;
    onPacked(piece.length);
    yield piece;
  }
}

async function readPiece(path: string, position: number): Promise<Buffer> {
  const handle = await openRegularFile(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(PACKED_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, PACKED_BYTES, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
