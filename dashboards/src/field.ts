import { FieldColorModeId, MappingType, SpecialValueMatch, ThresholdsMode } from "@grafana/schema";
import type { FieldConfigSource, MatcherConfig, ThresholdsConfig, ValueMapping } from "@grafana/schema";
import { COLOUR, type Colours } from "./palette.ts";

export type Override = FieldConfigSource["overrides"][number];

/** Thresholds from `[from, colour]` pairs. The first `from` is null: its colour is used from minus infinity, and for missing values. */
export function thresholds(...steps: readonly (readonly [number | null, string])[]): ThresholdsConfig {
  return { mode: ThresholdsMode.Absolute, steps: steps.map(([value, color]) => ({ value, color })) };
}

/** 0 is good, any other value is bad, a missing value is grey. */
export const ANY_IS_BAD = thresholds([null, COLOUR.unknown], [0, COLOUR.good], [1, COLOUR.bad]);
export const ANY_IS_WARNING = thresholds([null, COLOUR.unknown], [0, COLOUR.good], [1, COLOUR.warn]);
export const PLAIN = thresholds([null, COLOUR.calm]);

/** A text and a colour for individual values. */
export function valueTexts(texts: Readonly<Record<string, readonly [text: string, color?: string]>>): ValueMapping {
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(texts).map(([value, [text, color]], index) => [
        value,
        color === undefined ? { text, index } : { text, color, index },
      ]),
    ),
  };
}

/** Text for a missing value. */
export function nothingText(text: string, color: string = COLOUR.unknown): ValueMapping {
  return { type: MappingType.SpecialValue, options: { match: SpecialValueMatch.NullAndNan, result: { text, color } } };
}

/** Properties of the field with this (display) name. */
export function byName(name: string, properties: Readonly<Record<string, unknown>>): Override {
  return override({ id: "byName", options: name }, properties);
}

/** Properties of the fields whose (display) name matches `/pattern/`. */
export function byRegexp(pattern: string, properties: Readonly<Record<string, unknown>>): Override {
  return override({ id: "byRegexp", options: `/${pattern}/` }, properties);
}

function override(matcher: MatcherConfig, properties: Readonly<Record<string, unknown>>): Override {
  return { matcher, properties: Object.entries(properties).map(([id, value]) => ({ id, value })) };
}

/** The total of all series next to its parts: a thin dashed line. */
export const ALL_LINE: Override = byName("all", {
  color: { mode: FieldColorModeId.Fixed, fixedColor: COLOUR.pale },
  "custom.lineStyle": { fill: "dash", dash: [6, 6] },
  "custom.fillOpacity": 0,
  "custom.lineWidth": 1,
});

/** A fixed colour for each series with one of these names. */
export function colouredNames(colours: Colours): Override[] {
  return Object.entries(colours).map(([name, fixedColor]) =>
    byName(name, { color: { mode: FieldColorModeId.Fixed, fixedColor } }),
  );
}

/** A fixed colour for each series whose name contains one of these words. */
export function colouredWords(colours: Colours): Override[] {
  return Object.entries(colours).map(([word, fixedColor]) =>
    byRegexp(`\\b${word}\\b`, { color: { mode: FieldColorModeId.Fixed, fixedColor } }),
  );
}
