/** Prints why tests are skipped. Not with console.warn, because Jest does not print that for a suite with only skipped tests. */
export function tellSkipped(what: string, because: string): void {
  process.stderr.write(`The tests of the ${what} are skipped: ${because}\n`);
}
