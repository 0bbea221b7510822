import { html } from "../../markup/html.ts";
import { instant } from "../../markup/instants.ts";
import { layout } from "./layout.ts";

export interface ConfigurationView {
  readonly base: string;
  /** The active configuration as YAML, without secrets. */
  readonly configuration: string;
  readonly now: string;
}

/** Page with the active configuration: all keys with their values. */
export function configurationPage({ base, configuration, now }: ConfigurationView): string {
  return layout({
    base,
    title: "Configuration – hma-exporter",
    current: "configuration",
    main: html`<h1 id="headline">Active configuration</h1>
      <p>
        All keys with their values, from the configuration file, a flag or the default. Secrets are omitted.
        <code>hma-exporter check-config --print</code> prints the same without starting the exporter.
      </p>
      <pre><code>${configuration}</code></pre>`,
    footer: html`<span>${instant(now)}</span>`,
  });
}
