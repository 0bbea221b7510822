/**
 * How often a suite with a long form repeats: `usual` times in the rings that run at each change, `soak` times in the soak ring
 * (`npm run test:soak`, by hand).
 */
export function repetitions({ usual, soak }: { readonly usual: number; readonly soak: number }): number {
  return process.env["HMA_SOAK"] === "1" ? soak : usual;
}
