/** Place of the optional header's offset in the DOS header. */
const PE_OFFSET_AT = 0x3c;
const PE32_PLUS = 0x20b;
/** From the optional header of a 64-bit image to its fifth data directory, the certificates: file offset and length. */
const CERTIFICATES_AT = 112 + 4 * 8;

/**
 * A 64-bit Windows image without its Authenticode signature, which changing the image breaks: Windows takes an unsigned program for
 * less of a threat than one whose signature is false. Throws when it is no such image.
 */
export function withoutSignature(image: Buffer): Buffer {
  const header = image.readUInt32LE(PE_OFFSET_AT) + 24;
  if (image.toString("latin1", header - 24, header - 20) !== "PE\0\0" || image.readUInt16LE(header) !== PE32_PLUS) {
    throw new Error("Cannot take the signature off an image: it is no 64-bit Windows image");
  }
  const offset = image.readUInt32LE(header + CERTIFICATES_AT);
  const length = image.readUInt32LE(header + CERTIFICATES_AT + 4);
  // Signatures stand at the end of the file.
  const unsigned = Buffer.from(offset > 0 && offset + length === image.length ? image.subarray(0, offset) : image);
  unsigned.writeUInt32LE(0, header + CERTIFICATES_AT);
  unsigned.writeUInt32LE(0, header + CERTIFICATES_AT + 4);
  return unsigned;
}
