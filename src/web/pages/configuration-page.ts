import { html } from "../../markup/html.ts";
import { instant } from "../../markup/instants.ts";
import { layout } from "./layout.ts";

export interface ConfigurationView {
  readonly base: string;
  /** The configuration in force as YAML, without secrets. */
  readonly configuration: string;
  readonly now: string;
}

/** The configuration in force, every key of it. */
export function configurationPage({ base, configuration, now }: ConfigurationView): string {
  return layout({
    base,
    title: "Configuration – hma-exporter",
    current: "configuration",
    main: html`<h1 id="headline">Configuration in force</h1>
      <p>
        Every key with its value: of the configuration file, of a flag, or the default. Secrets are left out.
        <code>hma-exporter check-config --print</code> shows the same before a start.
      </p>
      <pre><code>${configuration}</code></pre>`,
    footer: html`<span>${instant(now)}</span>`,
  });
}
