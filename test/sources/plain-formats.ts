import { createFormats } from "../../src/sources/index.ts";

/** The formats without anything configured. */
export const FORMATS = createFormats();
