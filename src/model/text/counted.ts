/** Formats of numbers in reports, pages and evidence. */

/** `1,234.5`. Whole numbers need no Intl, which takes 10 ms when it is first used. */
export function number(value: number): string {
  if (!Number.isSafeInteger(value)) return value.toLocaleString("en-US");
  // Sample: a comma after 1 and 234 of 1234567
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 client`, `2 clients`, `1,234 clients` */
export function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}
