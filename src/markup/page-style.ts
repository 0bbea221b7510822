/** The style sheet of every page: system fonts, light and dark, one column on a phone. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b2230; --soft: #545f73; --paper: #f6f7f9; --card: #fff; --line: #d9dee7; --link: #0b57d0;
  --good: #1a7f37; --goodPaper: #e6f5ea; --warn: #8a5a00; --warnPaper: #fdf3dc; --bad: #b3261e; --badPaper: #fcebea; --code: #eef1f6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e9f0; --soft: #a3adbd; --paper: #12161d; --card: #1b212b; --line: #323b49;
  --link: #8ab4f8;
  --good: #6fd08c; --goodPaper: #16301f; --warn: #f0c261; --warnPaper: #33290f; --bad: #ff9d94; --badPaper: #3a1a18; --code: #11151b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; }
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; padding-top: 1rem; }
header .name { font-weight: 700; font-size: 1.1rem; color: inherit; text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }
nav a { padding: .25rem 0; } nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.2rem 0 .8rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; }
p { margin: .3rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.soft, .none { color: var(--soft); }
.headline { border-left: .4rem solid; border-radius: .4rem; padding: .7rem 1rem; font-size: 1.15rem; font-weight: 600; max-width: none; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.headline.good, .badge.good { background: var(--goodPaper); }
.headline.warn, .badge.warn { background: var(--warnPaper); }
.headline.bad, .badge.bad { background: var(--badPaper); }
.badge.info { background: var(--code); color: var(--soft); }
.badge { border-radius: 1rem; padding: .05rem .6rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem 1.1rem; margin: .7rem 0; }
.card.bad { border-left: .4rem solid var(--bad); color: inherit; }
dl.facts { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: .7rem 0; }
dl.facts dt { color: var(--soft); font-size: .85rem; } dl.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
meter { width: 6rem; height: .8rem; vertical-align: middle; }
ol.timeline { list-style: none; margin: .6rem 0; padding: 0; }
ol.timeline li { border-left: 2px solid var(--line); padding: .1rem 0 .6rem 1rem; overflow-wrap: anywhere; }
ol.timeline time { display: block; color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); font-size: .92rem; }
th, td { text-align: left; padding: .4rem .7rem; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
code { overflow-wrap: anywhere; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td time { white-space: nowrap; font-variant-numeric: tabular-nums; }
code, pre { font: .88rem/1.45 ui-monospace, Consolas, monospace; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; overflow-x: auto;
  margin: .3rem 0 .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .3rem 0; font-weight: 600; }
td summary { font-weight: 400; padding: .1rem 0; }
details.card { padding: .4rem 1.1rem; }
.folds { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 0 1rem; align-items: start; }
.folds details[open] { grid-column: 1 / -1; }
button { font: inherit; padding: .15rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card);
  color: inherit; cursor: pointer; }
footer { margin-top: 2.5rem; padding-bottom: 2rem; color: var(--soft); font-size: .88rem; display: flex; flex-wrap: wrap; gap:
  .5rem 1.2rem; align-items: center; }
@media (max-width: 40rem) {
  thead { position: absolute; left: -99rem; }
  table, tbody, td, th { display: block; overflow-wrap: anywhere; } table { border-radius: .5rem; }
  tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .5rem .8rem; border-top: 1px solid var(--line); }
  tbody tr:first-child { border-top: 0; }
  th, td, td.number { border: 0; padding: 0; text-align: left; max-width: 100%; }
  td::before { content: attr(data-label) ": "; color: var(--soft); }
  td:first-child { flex: 0 0 100%; font-weight: 600; } td:first-child::before { content: none; }
}
@media (prefers-reduced-motion: no-preference) { .headline { transition: background-color .3s; } }
@media print { header nav, footer button, .skip { display: none; } }
`;
