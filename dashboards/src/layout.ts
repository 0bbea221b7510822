import type { Panel, RowPanel } from "@grafana/schema";

/** Columns of Grafana's grid. */
const COLUMNS = 24;

/** A panel with its size on the grid. */
export interface Placed {
  readonly panel: Panel;
  readonly width: number;
  readonly height: number;
}

/** A titled part of a board. */
export interface Section {
  readonly title: string;
  /** Name of a variable: the section stands once for each of its values. */
  readonly repeat?: string;
  readonly panels: readonly Placed[];
}

/** A panel of that size. */
export function sized(width: number, height: number, panel: Panel): Placed {
  return { panel, width, height };
}

/** Panels of one height that share the width, each getting the same. */
export function sideBySide(height: number, ...panels: readonly Panel[]): readonly Placed[] {
  return panels.map((panel) => ({ panel, width: Math.floor(COLUMNS / panels.length), height }));
}

/**
 * Sections below each other, their panels in reading order. Ids count up from 1: a board's panels keep their links as long as their
 * order.
 */
export function layOutGrid(sections: readonly Section[]): (Panel | RowPanel)[] {
  const result: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    const row: RowPanel = {
      type: "row",
      id: result.length + 1,
      title: section.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      ...(section.repeat === undefined ? {} : { repeat: section.repeat }),
    };
    result.push(row);
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const { panel, width, height } of section.panels) {
      if (x + width > COLUMNS) {
        y += tallest;
        x = 0;
        tallest = 0;
      }
      result.push({ ...panel, id: result.length + 1, gridPos: { x, y, w: width, h: height } });
      x += width;
      tallest = Math.max(tallest, height);
    }
    y += tallest;
  }
  return result;
}
