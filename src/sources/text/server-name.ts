/**
 * First label of the server's name in `bytes[start, end)`, lower case, without the domain and a port; "" when there is none, or no host
 * label.
 */
export function serverName(bytes: Buffer, start: number, end: number): string {
  let stop = start;
  while (stop < end && !isEnd(bytes[stop])) stop += 1;
  if (stop - start > MAX_LABEL_LENGTH) return "";
  const name = bytes.toString("latin1", start, stop).toLowerCase();
  return HOST_LABEL.test(name) ? name : "";
}

const MAX_LABEL_LENGTH = 63;
// Sample: ex01 (a cell of a row that is out of step can hold anything, a user or a token too: such a thing is no name)
const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** A point, a colon, a blank, or a tilde (`Server~ex02…`). */
function isEnd(code: number | undefined): boolean {
  return code === 0x2e || code === 0x3a || code === 0x20 || code === 0x7e;
}
