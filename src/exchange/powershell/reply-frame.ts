/** A reply between its two marker lines. `failed`: the script threw an error. */
export interface FramedReply {
  readonly outcome: "ok" | "failed";
  /** The body, decoded: JSON. */
  readonly text: string;
}

export type FrameStep =
  | { readonly kind: "more" }
  | { readonly kind: "reply"; readonly reply: FramedReply }
  | { readonly kind: "broken"; readonly because: string };

const MORE: FrameStep = { kind: "more" };

/**
 * Reads the frame that `run-collection.ps1` writes, line by line:
 *
 *     #hma-begin:<nonce>:ok
 *     eyJzY3JpcHRWZXJzaW9uIjoi…      (base64 of UTF-8 JSON, any number of lines)
 *     #hma-end:<nonce>:<number of base64 characters>
 *
 * Lines before the first marker (banners, warnings, terminal escapes, the echo of a profile) are none of the reply.
 */
export function createFrameReader(nonce: string): (line: string) => FrameStep {
  const begin = `#hma-begin:${nonce}:`;
  const end = `#hma-end:${nonce}:`;
  let outcome: FramedReply["outcome"] | null = null;
  const parts: string[] = [];
  return (line) => {
    if (outcome === null) {
      if (line === `${begin}ok`) outcome = "ok";
      else if (line === `${begin}failed`) outcome = "failed";
      return MORE;
    }
    if (line.startsWith(end)) return finish(outcome, parts.join(""), line.slice(end.length));
    // Sample: eyJzY3JpcHRWZXJzaW9uIjoiMS4wLjAifQ==
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line))
      return { kind: "broken", because: "a line between its markers is not base64" };
    parts.push(line);
    return MORE;
  };
}

function finish(outcome: FramedReply["outcome"], base64: string, declaredLength: string): FrameStep {
  if (declaredLength !== String(base64.length))
    return { kind: "broken", because: "its length is not the one it names" };
  return { kind: "reply", reply: { outcome, text: Buffer.from(base64, "base64").toString("utf8") } };
}
