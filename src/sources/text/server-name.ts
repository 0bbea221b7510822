/**
 * First label of the server name in `bytes[start, end)`, in lower case, without domain and port; "" when there is no
 * valid host label.
 */
export function serverName(bytes: Buffer, start: number, end: number): string {
  let stop = start;
  while (stop < end && !isEnd(bytes[stop])) stop += 1;
  if (stop - start > MAX_LABEL_LENGTH) return "";
  const name = bytes.toString("latin1", start, stop).toLowerCase();
  return HOST_LABEL.test(name) ? name : "";
}

const MAX_LABEL_LENGTH = 63;
// Sample: ex01 (a misaligned row can hold anything in this field, even a user name or a token; such a text is rejected)
const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** A dot, a colon, a blank, or a tilde (`Server~ex02…`). */
function isEnd(code: number | undefined): boolean {
  return code === 0x2e || code === 0x3a || code === 0x20 || code === 0x7e;
}
