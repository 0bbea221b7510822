/** Formats of numbers in reports, pages and evidence. */

const GROUPED = new Intl.NumberFormat("en-US");

/** `1,234.5` */
export function number(value: number): string {
  return GROUPED.format(value);
}

/** `1 client`, `2 clients`, `1,234 clients` */
export function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}
