/** Says why tests are skipped. Not by console.warn: Jest keeps that to itself for a suite of which every test is skipped. */
export function tellSkipped(what: string, because: string): void {
  process.stderr.write(`The tests of the ${what} are skipped: ${because}\n`);
}
