/**
 * Seeded random numbers: the same seed and stream always give the same numbers. Small Fast Counter, 32 bits (sfc32).
 */
export interface Random {
  /** 0 <= value < 1. */
  readonly next: () => number;
  /** Whole number, 0 <= value < bound. */
  readonly below: (bound: number) => number;
  /** lowest <= value < highest. */
  readonly between: (lowest: number, highest: number) => number;
  /** True in `share` (0 to 1) of the calls. */
  readonly chance: (share: number) => boolean;
  /** Exponentially distributed number with this mean: the gap between two events of a Poisson process. */
  readonly gap: (mean: number) => number;
  /** One of the values. There must be at least one. */
  readonly pick: <T>(values: readonly [T, ...T[]]) => T;
  /** Lower-case hexadecimal digits, `length` of them. */
  readonly hex: (length: number) => string;
  /** A random (version 4) GUID in lower case. */
  readonly guid: () => string;
}

/** Every number of 16 bits in four hexadecimal digits. */
const HEX: readonly string[] = Array.from({ length: 0x1_0000 }, (_, value) => value.toString(16).padStart(4, "0"));

/**
 * Creates the random numbers of one stream. Streams of one seed are independent, so a scenario added to a plan does not
 * change the other traffic.
 */
export function createRandom(seed: number, stream: string): Random {
  const nextWord = createWords(seed, stream);
  const next = (): number => nextWord() / 0x1_0000_0000;
  const hex8 = (): string => {
    const word = nextWord();
    return `${HEX[word >>> 16] ?? ""}${HEX[word & 0xffff] ?? ""}`;
  };
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    between: (lowest, highest) => lowest + next() * (highest - lowest),
    chance: (share) => next() < share,
    gap: (mean) => -Math.log(1 - next()) * mean,
    pick: (values) => values[Math.floor(next() * values.length)] ?? values[0],
    hex: (length) => {
      let text = "";
      while (text.length < length) text += hex8();
      return text.slice(0, length);
    },
    guid: () => {
      const [a, b, c, d] = [hex8(), hex8(), hex8(), hex8()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}

/** The state of sfc32 is local to this closure. */
function createWords(seed: number, stream: string): () => number {
  let a = seed >>> 0;
  let b = Math.floor(seed / 0x1_0000_0000) >>> 0;
  let c = 0x9e3779b9;
  for (const letter of stream) c = Math.imul(c ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  let counter = 1;
  const nextWord = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) nextWord();
  return nextWord;
}
