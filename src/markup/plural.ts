/** `1,234.5` */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 client`, `2 clients` */
export function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}
