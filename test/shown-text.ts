/** Visible text of a page: text, titles of drawings and names for screen readers, without markup, styles and commands. */
export function shownText(page: string): string {
  const labels = [...page.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label ?? "");
  const text = page
    .replaceAll(/<(style|script|pre)\b[\s\S]*?<\/\1>/g, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, " ");
  return [text, ...labels].join("\n");
}

/** Numbers with at least four digits without separators, except years (20nn), Microsoft article and event numbers, and byte offsets. */
export function bareNumbers(text: string): readonly string[] {
  const counts = text.replaceAll(/\b(?:20\d\d\b|(?:KB|OAuth|WAS|AuthAdmin|events?|at byte) \d+)/g, " ");
  return [...counts.matchAll(/(?<![\w.,:(])\d{4,}(?![\w.])/g)].map(([number]) => number);
}
