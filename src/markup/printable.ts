// Control characters, and those that turn the direction of the text: a terminal obeys them, and a person is shown something else than
// what stands there.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * One line of text, in which names from outside (of folders, of files) can do nothing to the terminal: such characters are shown as
 * `\u{1b}`.
 */
export function printable(line: string): string {
  return line.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
