import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LineSieve } from "../../../src/exchange/powershell/line-sieve.ts";
import { createFrameReader, type FrameStep } from "../../../src/exchange/powershell/reply-frame.ts";

const NONCE = "0123456789abcdef";

function frameOf(text: string): string {
  const body = Buffer.from(text, "utf8").toString("base64");
  return [`#hma-begin:${NONCE}:ok`, ...(body.match(/.{1,100}/g) ?? []), `#hma-end:${NONCE}:${body.length}`].join("\n");
}

/** Writes the chunks; returns the reader's results and the remaining output. */
async function sieve(
  chunks: readonly Buffer[],
  passing: string,
): Promise<{ readonly lines: readonly string[]; readonly passed: string; readonly total: number }> {
  const lines: string[] = [];
  let total = 0;
  const stream = new LineSieve({
    passesOn: (line) => line === passing,
    onLine: (line) => {
      lines.push(line);
    },
    onBytes: (bytes) => {
      total = bytes;
    },
  });
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  const ended = new Promise((resolve) => stream.once("end", resolve));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await ended;
  return { lines, passed: Buffer.concat(parts).toString("utf8"), total };
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe("createFrameReader() behind LineSieve", () => {
  test("reads any text, with any chunks, line ends and preceding noise", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          text: fc.string({ unit: "grapheme" }),
          cuts: fc.array(fc.nat(), { maxLength: 12 }),
          lineEnd: fc.constantFrom("\n", "\r\n"),
          noise: fc.string({ unit: "grapheme" }),
        }),
        async ({ text, cuts, lineEnd, noise }) => {
          const bytes = Buffer.from(
            `${noise}\nDELIMITER\n${frameOf(text)}\nDELIMITER\nrest`.replaceAll("\n", lineEnd),
            "utf8",
          );
          const { lines, passed, total } = await sieve(cut(bytes, cuts), "DELIMITER");
          const read = createFrameReader(NONCE);
          const steps = lines.map((line) => read(line)).filter(({ kind }) => kind !== "more");
          expect(steps).toEqual([
            { kind: "reply", reply: { outcome: "ok", text: Buffer.from(text, "utf8").toString("utf8") } },
          ]);
          expect(passed).toBe("DELIMITER\nDELIMITER\n");
          expect(total).toBe(bytes.length);
        },
      ),
    );
  });

  test("drops a line without an end, and one that is too long", async () => {
    const { lines, total } = await sieve([Buffer.from(`a\n${"x".repeat(100_000)}\nb\nc`)], "");
    expect([lines, total]).toEqual([["a", "b"], 100_006]);
  });
});

describe("createFrameReader()", () => {
  test.each<readonly [string, readonly string[], FrameStep]>([
    [
      "a failed script",
      [`#hma-begin:${NONCE}:failed`, "e30=", `#hma-end:${NONCE}:4`],
      { kind: "reply", reply: { outcome: "failed", text: "{}" } },
    ],
    [
      "an empty body",
      [`#hma-begin:${NONCE}:ok`, `#hma-end:${NONCE}:0`],
      { kind: "reply", reply: { outcome: "ok", text: "" } },
    ],
    ["another nonce", ["#hma-begin:9:ok", "e30=", "#hma-end:9:4"], { kind: "more" }],
    ["an end alone", [`#hma-end:${NONCE}:0`], { kind: "more" }],
    ["another outcome", [`#hma-begin:${NONCE}:maybe`], { kind: "more" }],
    [
      "a warning in between",
      [`#hma-begin:${NONCE}:ok`, "WARNING: no"],
      { kind: "broken", because: "a line between its markers is not base64" },
    ],
    [
      "a lost line",
      [`#hma-begin:${NONCE}:ok`, `#hma-end:${NONCE}:4`],
      { kind: "broken", because: "its length is not the one it names" },
    ],
  ])("on %s", (_, lines, wanted) => {
    const read = createFrameReader(NONCE);
    expect(lines.map((line) => read(line)).at(-1)).toEqual(wanted);
  });
});
