import { IIS_SCANNER_WASM } from "./iis-scanner-wasm.ts";

/** What the scanner's WebAssembly exports. */
export interface ScannerExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly scanIis: (from: number, end: number) => number;
  readonly scanHttpProxy: (from: number, end: number) => number;
  readonly scanBackEnd: (from: number, end: number) => number;
  readonly replayIis: (from: number, count: number, index: number) => number;
  /** Finds the kinds again after other ones were written. */
  readonly indexKinds: () => void;
  readonly watchedIndexOf: (key: number) => number;
  readonly listAttempts: (index: number) => number;
  readonly forgetWatched: (index: number) => void;
  readonly finaliseWatched: (arrivedBeforeMs: number, silentToMs: number) => void;
  readonly expireSettled: (arrivedBeforeMs: number) => void;
  readonly earliestRefusal: (poolKey: number) => number;
}

/** The part of WebAssembly that is used here. Its types are otherwise only in the types of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: ScannerExports };
};

/** The scanner's code, compiled when the first scanner needs it and shared by all scanners. */
export class ScannerCode {
  #module: object | null = null;

  /** A scanner with a memory of its own. `imports`: the functions that the code calls. */
  instantiate(imports: object): ScannerExports {
    this.#module ??= new WebAssembly.Module(Buffer.from(IIS_SCANNER_WASM, "base64"));
    return new WebAssembly.Instance(this.#module, imports).exports;
  }
}
