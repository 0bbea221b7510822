import { html, Html } from "../../markup/html.ts";
import type { HtmlPart } from "../../markup/html.ts";
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "../../markup/page-style.ts";

export interface Layout {
  /** Path prefix of all pages, for links: empty, or for example `/hma`. */
  readonly base: string;
  readonly title: string;
  /** Current entry of the navigation. */
  readonly current: "status" | "incidents" | "configuration";
  readonly main: HtmlPart;
  readonly footer: HtmlPart;
}

/** A complete HTML page without external resources. */
export function layout({ base, title, current, main, footer }: Layout): string {
  const entry = (name: Layout["current"], path: string, text: string): Html =>
    html`<a href="${base}${path}" ${name === current ? html` aria-current="page"` : null}>${text}</a>`;
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${PAGE_STYLE}</style>`)}
        <noscript><meta http-equiv="refresh" content="30" /></noscript>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <a class="name" href="${base}/">hma-exporter</a>
          <nav aria-label="Pages">
            ${entry("status", "/", "Status")} ${entry("incidents", "/incidents", "Incidents")}
            ${entry("configuration", "/config", "Configuration")}
          </nav>
        </header>
        <main id="content">${main}</main>
        <footer>
          ${footer}
          <span id="freshness">Updates itself.</span>
          <button id="pause" type="button" aria-pressed="false" hidden>Pause updates</button>
        </footer>
        <div id="said" role="status" class="skip"></div>
        ${new Html(`<script>${PAGE_SCRIPT}</script>`)}
      </body>
    </html> `.markup;
}

/** Pages of these kinds go away: incidents are kept up to a limit, and servers leave the configuration. */
export type MissingKind = "incident" | "server";

const MISSING: Readonly<Record<MissingKind, { readonly title: string; readonly why: string }>> = {
  incident: {
    title: "This incident is not known",
    why:
      "The exporter keeps the newest incidents of each server (limits.pastIncidents), and it may have been started with " +
      "an empty state folder since the link was made.",
  },
  server: {
    title: "This server is not watched",
    why: "It may have been removed from the configuration, or the link has another name than the exporter uses.",
  },
};

/** Page for the link of an incident or a server that is not there. It does not repeat anything of the request. */
export function missingPage(base: string, kind: MissingKind): string {
  const { title, why } = MISSING[kind];
  return layout({
    base,
    title: `${title} – hma-exporter`,
    current: kind === "incident" ? "incidents" : "status",
    main: html`<h1 id="headline">${title}</h1>
      <p>${why}</p>
      <p><a href="${base}/incidents">All incidents</a> · <a href="${base}/">All servers</a></p>`,
    footer: html`<span>404 Not found</span>`,
  });
}
