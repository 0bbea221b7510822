import type { Panel } from "@grafana/schema";
import { TextMode, type Options } from "@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";

/** A text panel in Markdown. */
export function text(title: string, description: string, content: string): Panel {
  const options: Options = { mode: TextMode.Markdown, content };
  return { type: "text", title, description, options: { ...options } };
}
