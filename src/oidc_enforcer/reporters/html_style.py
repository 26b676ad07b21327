"""The style of the HTML report: light, dark and on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff;
  --shade: #f4f5f7; --rule: #d0d7de; --link: #0550ae; --error: #a40e26; --warning: #7d4e00;
  --note: #0a5a8a; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a5b0bc; --paper: #0d1117;
  --shade: #161b22; --rule: #3b434d; --link: #79b8ff; --error: #ff9492; --warning: #f0b72f;
  --note: #79c0ff; --good: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; }
h1 { font-size: 1.7rem; margin: 0; }
h2 { font-size: 1.3rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .3rem; }
h4 { font-size: 1rem; margin: 1rem 0 .2rem; }
.verdict { font-size: 1.15rem; font-weight: 600; margin: .2rem 0; }
code, pre { font: .875rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: var(--shade); border: 1px solid var(--rule); border-radius: 4px;
  padding: .6rem; overflow-x: auto; margin: .4rem 0; }
pre .g { color: var(--soft); } pre .e { color: var(--error); font-weight: 600; }
pre .w { color: var(--warning); font-weight: 600; } pre .n { color: var(--note); }
pre .r { color: var(--note); }
.badge { display: inline-block; border: 1px solid currentcolor; border-radius: 3px;
  padding: 0 .4rem; font-size: .8rem; font-weight: 600; }
.badge.error { color: var(--error); } .badge.warning { color: var(--warning); }
.badge.note { color: var(--note); }
.bar { display: block; width: 100%; height: 1rem; border: 1px solid var(--rule); }
.track { fill: var(--shade); } .fill { fill: var(--good); }
dl { margin: .3rem 0; } dl > div { display: flex; gap: .8rem; } dt { min-width: 8rem;
  max-width: 40%; flex-shrink: 0; overflow-wrap: anywhere; color: var(--soft); } dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .5rem; }
.figures > div { display: block; background: var(--shade); border: 1px solid var(--rule);
  border-radius: 4px; padding: .4rem .6rem; }
.figures dd { font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.errors dd, .static_jobs dd { color: var(--error); }
.warnings dd, .skipped dd { color: var(--warning); }
.remarks dt { min-width: 3rem; }
ul { margin: .3rem 0; padding-left: 1.4rem; }
.places { columns: 20rem; }
.file { border-top: 1px solid var(--rule); content-visibility: auto;
  contain-intrinsic-size: auto 30rem; }
h2 + .file { border-top: 0; }
.file h3 code { font-size: 1rem; font-weight: 700; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem;
  overflow-wrap: break-word; }
caption { text-align: left; font-weight: 600; }
th, td { border: 1px solid var(--rule); padding: .3rem .5rem; text-align: left;
  vertical-align: top; font-weight: 400; min-width: 4.5rem; }
td + td + td + td { min-width: 10rem; }
thead th { background: var(--shade); font-weight: 600; }
footer { margin-top: 2rem; border-top: 1px solid var(--rule); color: var(--soft);
  font-size: .9rem; }
@media print { :root { --ink: #000; --soft: #444; --paper: #fff; --shade: #fff; --rule: #999;
  --link: #000; --error: #8a0b1f; --warning: #6b4200; --note: #084a70; --good: #14602a; }
  body { max-width: none; padding: 0; font-size: 10pt; } pre { white-space: pre-wrap; }
  table { overflow-wrap: anywhere; }
  article, table, pre { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
  .file { content-visibility: visible; } .skip { display: none; } }
"""
