import type { Engine } from "../../src/engine/create-engine.ts";
import { streamEngine, type EngineDump } from "../../src/engine/engine-state.ts";
import { storedText } from "../stored-text.ts";

/** The engine after it was written into a state record and read again. */
export function dumpEngine(engine: Engine): EngineDump {
  return JSON.parse(storedText(streamEngine(engine))) as EngineDump;
}
