/** Number of newest steps that are kept unpacked in a series: logs are read at most a few minutes apart. */
const OPEN_STEPS = 16;

/** Integer counts by step, packed in variable-length integers: pairs of the distance to the previous step, and the count. */
export class StepCounts {
  #packed = new Uint8Array(16);
  #length = 0;
  #lastStep = 0;
  /** Counts of the newest steps; index: step modulo OPEN_STEPS. */
  readonly #open = new Float64Array(OPEN_STEPS);
  #firstOpen = -Infinity;

  get bytes(): number {
    return this.#packed.length + OPEN_STEPS * 8;
  }

  add(step: number, amount: number): void {
    if (this.#firstOpen === -Infinity) this.#firstOpen = step - OPEN_STEPS + 1;
    if (step < this.#firstOpen) {
      this.#pack(step, amount);
      return;
    }
    const newFirst = step - OPEN_STEPS + 1;
    if (newFirst > this.#firstOpen) this.#closeBefore(newFirst);
    const slot = modulo(step);
    this.#open[slot] = (this.#open[slot] ?? 0) + amount;
  }

  /** Steps in ascending order, each once, and their sums. */
  steps(): { readonly steps: Float64Array; readonly sums: Float64Array } {
    const pairs = this.#unpack();
    for (let step = this.#firstOpen; step < this.#firstOpen + OPEN_STEPS; step++) {
      const amount = this.#open[modulo(step)] ?? 0;
      if (amount !== 0) pairs.push([step, amount]);
    }
    if (pairs.some(([step], index) => index > 0 && step <= (pairs[index - 1]?.[0] ?? step)))
      pairs.sort((a, b) => a[0] - b[0]);
    return summed(pairs);
  }

  /** Merges each `factor` steps into one. */
  coarsen(factor: number): void {
    const { steps, sums } = this.steps();
    this.#packed = new Uint8Array(16);
    this.#length = 0;
    this.#lastStep = 0;
    this.#open.fill(0);
    this.#firstOpen = -Infinity;
    for (const [index, step] of steps.entries()) this.add(Math.ceil(step / factor), sums[index] ?? 0);
    this.#packed = this.#packed.slice(0, Math.max(16, this.#length));
  }

  #closeBefore(newFirst: number): void {
    const end = Math.min(newFirst, this.#firstOpen + OPEN_STEPS);
    for (let step = this.#firstOpen; step < end; step++) {
      const slot = modulo(step);
      const amount = this.#open[slot] ?? 0;
      if (amount !== 0) this.#pack(step, amount);
      this.#open[slot] = 0;
    }
    this.#firstOpen = newFirst;
  }

  #pack(step: number, amount: number): void {
    const distance = step - this.#lastStep;
    this.#lastStep = step;
    this.#write(distance >= 0 ? distance * 2 : -distance * 2 - 1);
    this.#write(amount);
  }

  #write(value: number): void {
    if (this.#length + 10 > this.#packed.length) {
      const larger = new Uint8Array(Math.ceil(this.#packed.length * 1.5) + 16);
      larger.set(this.#packed);
      this.#packed = larger;
    }
    let rest = value;
    while (rest >= 128) {
      this.#packed[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#packed[this.#length++] = rest;
  }

  #unpack(): [number, number][] {
    const pairs: [number, number][] = [];
    let at = 0;
    let step = 0;
    const read = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = this.#packed[at++] ?? 0;
        value += (byte % 128) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < this.#length) {
      const distance = read();
      step += distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
      pairs.push([step, read()]);
    }
    return pairs;
  }
}

function modulo(step: number): number {
  return ((step % OPEN_STEPS) + OPEN_STEPS) % OPEN_STEPS;
}

/** Adds up pairs of the same step. The pairs must be sorted by step. */
function summed(pairs: readonly (readonly [number, number])[]): { steps: Float64Array; sums: Float64Array } {
  const steps = new Float64Array(pairs.length);
  const sums = new Float64Array(pairs.length);
  let length = 0;
  for (const [step, amount] of pairs) {
    if (length === 0 || steps[length - 1] !== step) {
      steps[length] = step;
      length += 1;
    }
    sums[length - 1] = (sums[length - 1] ?? 0) + amount;
  }
  return { steps: steps.subarray(0, length), sums: sums.subarray(0, length) };
}
