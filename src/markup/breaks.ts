import { html, type Html } from "./html.ts";

/** A path or name as code. Line breaks are allowed only after slashes and between the parts of an app pool's name. */
export function breakableCode(text: string): Html {
  // Samples: EX01/Logging/HttpProxy/Eas/HttpProxy_2026112807-1.LOG, MSExchangeMapiFrontEndAppPool
  const parts = text.split(/(?<=[/\\])|(?<=^MSExchange)(?=\w+AppPool$)|(?=AppPool$)/);
  return html`<code>${parts.map((part, index) => html`${index === 0 ? null : html`<wbr />`}${part}`)}</code>`;
}
