import { createFormats } from "../../src/sources/index.ts";

/** The formats with the default configuration. */
export const FORMATS = createFormats();
