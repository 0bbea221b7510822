/**
 * The client that an address stands for, for shares among clients: an IPv4 address, or the /64 network of an IPv6 address, of which
 * one client commonly has all. Sample: `10.0.0.7`, `2001:db8:0:1::/64`.
 */
export function peerOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  // Sample: ::ffff:10.0.0.7, an IPv4 client of a socket that takes both
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}
