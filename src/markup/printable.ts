// Control characters, and characters that change the direction of text. A terminal obeys them, so a person would see something else than
// the text.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line of text for a terminal. Control characters in names from outside (of folders, of files) are shown as `\u{1b}`. */
export function printable(line: string): string {
  return line.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
