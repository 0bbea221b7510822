import { PAGE_STYLE } from "../markup/page-style.ts";

/** Style sheet of the report: that of the pages, and styles for the charts. */
export const REPORT_STYLE = `${PAGE_STYLE}
:root { --refusal: #c2553c; --suspected: #e3a898; --stranger: #8a93a3; --incident: #8c1d18; --recycle: #9a6700; --key: #0b57d0;
  --alert: #7a3db8; --grid: #e6e9ef; --bar: #5b7bb5; --over: #c2553c; }
@media (prefers-color-scheme: dark) { :root { --refusal: #e08570; --suspected: #7d4d44; --stranger: #6d7685; --incident: #ff9d94;
  --recycle: #f0c261; --key: #8ab4f8; --alert: #c79bf2; --grid: #2a3240; --bar: #7f9fd6; --over: #e08570; } }
header.report { padding-top: 1.6rem; display: block; }
header.report p { max-width: none; margin: 0; color: var(--soft); }
h1 { margin: .2rem 0 1rem; }
h2 { margin-top: 2.6rem; padding-top: .2rem; }
h2 + p { margin-bottom: .8rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(12rem, 45%), 1fr)); gap: .7rem; margin: 1rem 0; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; display: flex;
  flex-direction: column-reverse; justify-content: flex-end; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles { margin-block: 1rem; }
.chart { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; margin: .7rem 0; overflow-x: auto; }
.chart:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.chart svg { display: block; width: 100%; min-width: 46rem; height: auto; }
.chart.small { max-width: 46rem; } .chart.small svg { min-width: 26rem; }
h3.cause { margin-top: 1.8rem; }
svg text { fill: var(--soft); font: 12px system-ui, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
svg text.name { fill: var(--ink); font-weight: 650; font-size: 14px; paint-order: stroke; stroke: var(--card); stroke-width: 5px; }
svg .grid { stroke: var(--grid); stroke-width: 1; } svg .base { stroke: var(--line); stroke-width: 1; }
svg .refusal { fill: var(--refusal); }
svg .suspected { fill: var(--suspected); }
svg .stranger { fill: var(--stranger); }
svg .incident { fill: var(--incident); }
svg .recycle { fill: var(--recycle); }
svg .alert { fill: var(--alert); }
svg .key { stroke: var(--key); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg .keyMark { fill: var(--key); }
svg .hollow { fill: var(--card); stroke: var(--key); stroke-width: 1.5; }
svg .bar { fill: var(--bar); }
svg .over { fill: var(--over); }
svg .bound { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 3; }
svg text.bound { stroke: none; fill: var(--ink); }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; margin: .2rem 0 .6rem; padding: 0; font-size:
  .88rem; color: var(--soft); }
ul.legend li { display: flex; align-items: center; gap: .45rem; } ul.legend svg { width: 1rem; height: 1rem; flex: none; }
.length { display: inline-block; position: relative; width: 5.5rem; height: .75rem; background: var(--code); border-radius: .2rem;
  vertical-align: middle; margin-right: .5rem; overflow: hidden; }
.length > i { position: absolute; inset: 0 auto 0 0; background: var(--bar); } .length.over > i { background: var(--over); }
.length > b { position: absolute; top: 0; bottom: 0; left: 50%; width: 2px; background: var(--ink); }
.share { display: inline-block; height: .7rem; background: var(--bar); border-radius: .2rem; vertical-align: middle; margin-right: .5rem; }
details.card > summary { padding: 0; font-weight: 600; } details.card > summary .soft { font-weight: 400; }
details.card[open] > summary { margin-bottom: .5rem; }
.nowrap { white-space: nowrap; }
table { margin: .6rem 0; }
footer { display: block; border-top: 1px solid var(--line); padding-top: 1rem; }
@media print {
:root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --line: #bbb; --code: #eee; --grid: #ddd;
  --link: #000;
    --good: #1a7f37; --goodPaper: #fff; --warn: #8a5a00; --warnPaper: #fff; --bad: #b3261e; --badPaper: #fff;
    --refusal: #c2553c; --suspected: #e3a898; --stranger: #8a93a3; --incident: #8c1d18; --recycle: #9a6700; --key: #0b57d0;
      --alert: #7a3db8; --bar: #5b7bb5; --over: #c2553c; }
  body { font-size: 10.5pt; } header, main, footer { max-width: none; padding: 0; }
  .card, .chart, tr, .tiles > div { break-inside: avoid; } h2, h3 { break-after: avoid; } thead { display: table-header-group; }
  .chart { overflow: visible; } .chart svg { min-width: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@page { margin: 14mm; }
`;
