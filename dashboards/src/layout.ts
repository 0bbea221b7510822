import type { Panel, RowPanel } from "@grafana/schema";

/** Number of columns of Grafana's grid. */
const COLUMNS = 24;

/** A panel with its size on the grid. */
export interface Placed {
  readonly panel: Panel;
  readonly width: number;
  readonly height: number;
}

/** A titled section of a dashboard. */
export interface Section {
  readonly title: string;
  /** Name of a variable: the section is repeated for each of its values. */
  readonly repeat?: string;
  readonly panels: readonly Placed[];
}

/** A panel with this size. */
export function sized(width: number, height: number, panel: Panel): Placed {
  return { panel, width, height };
}

/** Panels of the same height that share the width equally. */
export function sideBySide(height: number, ...panels: readonly Panel[]): readonly Placed[] {
  return panels.map((panel) => ({ panel, width: Math.floor(COLUMNS / panels.length), height }));
}

/**
 * Places sections below each other, and their panels from left to right. Ids count from 1, so links to panels stay valid while the order
 * does not change.
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
