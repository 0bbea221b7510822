/** First label of the server's name in `bytes[start, end)`, lower case, without the domain and a port; "" when there is none. */
export function serverName(bytes: Buffer, start: number, end: number): string {
  let stop = start;
  while (stop < end && !isEnd(bytes[stop])) stop += 1;
  const name = bytes.toString("latin1", start, stop).toLowerCase();
  return name === "-" ? "" : name;
}

/** A point, a colon, a blank, or a tilde (`Server~ex02…`). */
function isEnd(code: number | undefined): boolean {
  return code === 0x2e || code === 0x3a || code === 0x20 || code === 0x7e;
}
