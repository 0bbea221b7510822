/**
 * Number of repetitions of a suite with a long form: `usual` in the rings that run at each change, `soak` in the soak ring (`npm run
 * test:soak`, run manually).
 */
export function repetitions({ usual, soak }: { readonly usual: number; readonly soak: number }): number {
  return process.env["HMA_SOAK"] === "1" ? soak : usual;
}
