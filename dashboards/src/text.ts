import type { Panel } from "@grafana/schema";
import { TextMode, type Options } from "@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";

/** Words on a board, in Markdown. */
export function text(title: string, description: string, content: string): Panel {
  const options: Options = { mode: TextMode.Markdown, content };
  return { type: "text", title, description, options: { ...options } };
}
