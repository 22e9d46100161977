// The report's style sheet, one string: the page must stand alone. Colours are variables, because the
// canvas reads them too; roles and outcomes are told apart by shape and text as well.

const LIGHT = `
  color-scheme: light;
  --bg: #f3f4f6; --panel: #ffffff; --soft: #eef0f3; --line: #dde1e7; --ink: #1a1f27; --muted: #5a6472;
  --accent: #1d5fd1; --red: #c4261d; --red-soft: #fdecea; --green: #1b8049; --amber: #9a5f00;
  --amber-soft: #fff4dd; --fault: #b4531a; --on-red: #ffffff;
  --role-leader: #f2b632; --role-leader-ink: #3a2900; --role-candidate: #8b58cf;
  --role-candidate-ink: #ffffff; --role-pre-candidate: #cdb4ee; --role-pre-candidate-ink: #331660;
  --role-follower: #d3dfee; --role-follower-ink: #1f3552; --role-learner: #d4e8dc;
  --role-learner-ink: #1c4630; --role-none: #e4e7eb; --role-none-ink: #4f5863; --down: #6f7884; --down-ink: #ffffff;
  --m-election: #8b45c7; --m-append: #1d6ad0; --m-heartbeat: #8d97a5; --m-snapshot: #0b8585;
  --m-read: #b07020; --m-client: #24944a; --m-other: #6b7280;
`;

const DARK = `
  color-scheme: dark;
  --bg: #0e1217; --panel: #161b22; --soft: #1e242d; --line: #2a323d; --ink: #e7ebf0; --muted: #98a3b2;
  --accent: #6aa6ff; --red: #ff7067; --red-soft: #361a1b; --green: #4fc48b; --amber: #e3ab45;
  --amber-soft: #33280f; --fault: #f0914f; --on-red: #2b0705;
  --role-leader: #f5bf42; --role-leader-ink: #2b2000; --role-candidate: #a97cea;
  --role-candidate-ink: #170a29; --role-pre-candidate: #5c4587; --role-pre-candidate-ink: #f0e8ff;
  --role-follower: #304b69; --role-follower-ink: #deebfa; --role-learner: #2d5946;
  --role-learner-ink: #dcf4e7; --role-none: #343d48; --role-none-ink: #c4ccd6; --down: #5a6471; --down-ink: #ffffff;
  --m-election: #c08cf2; --m-append: #5fa3ff; --m-heartbeat: #768293; --m-snapshot: #3fc4c0;
  --m-read: #e0a458; --m-client: #55c97d; --m-other: #9aa4b0;
`;

export const STYLE = `
:root {${LIGHT}}
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {${DARK}} }
:root[data-theme=dark] {${DARK}}
* { box-sizing: border-box; }
html { scroll-padding-bottom: 110px; }
body { margin: 0; background: var(--bg); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
code, .time, .ordinal, #states td, #now { font-variant-numeric: tabular-nums; }
code, .time, .ordinal { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
h1, h2, p, dl, dd, ol, ul { margin: 0; padding: 0; }
h2 { font-size: 13px; font-weight: 650; }
button, select, input { font: inherit; color: inherit; }
button, select, #step-box { background: var(--soft); border: 1px solid var(--line); border-radius: 7px;
  padding: 4px 10px; min-height: 32px; }
button { cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--muted); }
button:disabled { opacity: .45; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none !important; }
.quiet { color: var(--muted); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { background: var(--panel); border-bottom: 1px solid var(--line); }
.verdict { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 4px 16px; padding: 14px 20px 12px;
  border-top: 5px solid var(--tone); background: var(--tone-soft); }
.verdict.fail { --tone: var(--red); --tone-soft: var(--red-soft); }
.verdict.doubt { --tone: var(--amber); --tone-soft: var(--amber-soft); }
.verdict.pass { --tone: var(--green); --tone-soft: var(--panel); }
.badge { align-self: start; background: var(--tone); color: var(--on-red); font-weight: 800; letter-spacing: .06em;
  border-radius: 7px; padding: 5px 12px; font-size: 16px; }
h1 { font-size: 19px; line-height: 1.35; font-weight: 700; overflow-wrap: anywhere; }
h1 small { font-weight: 450; font-size: 14px; color: var(--muted); margin-left: 8px; }
.message { font-size: 16px; font-weight: 550; overflow-wrap: anywhere; margin-top: 2px; white-space: pre-line; }
.where { color: var(--muted); margin-top: 3px; max-width: 110ch; }
.where b { color: var(--ink); font-weight: 650; }
.tools { display: flex; gap: 6px; align-items: start; }
.honesty { background: var(--amber-soft); border-bottom: 1px solid var(--line); padding: 8px 20px; font-weight: 550; }
.honesty::before { content: "! "; font-weight: 800; color: var(--amber); }
.run { display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; padding: 10px 20px 12px; }
.repro { display: flex; gap: 10px; align-items: center; min-width: 0; }
.repro span { color: var(--muted); }
.repro code { flex: 0 1 auto; min-width: 0; overflow-x: auto; background: var(--soft); border: 1px solid var(--line); border-radius: 7px;
  padding: 6px 12px; white-space: pre; font-size: 13px; }
.ways { margin-left: auto; display: flex; gap: 14px; }
.ways a { color: var(--accent); }
.facts dl { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 12.5px; }
.facts dl div { display: flex; gap: 6px; min-width: 0; max-width: 100%; }
.facts dt { color: var(--muted); white-space: nowrap; }
.facts dd { overflow-wrap: anywhere; min-width: 0; }
.facts summary { cursor: pointer; color: var(--muted); font-size: 12.5px; padding-top: 4px; }

#explorer { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 12px; padding: 12px 20px 20px; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
.panel > header { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; padding: 8px 14px 0; min-height: 40px; }
.panel > header h2 { margin-right: auto; }
.wide { grid-column: 1 / -1; }
.side { display: grid; gap: 12px; grid-template-rows: 176px 1fr; min-width: 0; }
.side > :first-child { overflow-y: auto; }
.explains { display: flex; flex-wrap: wrap; gap: 4px 14px; color: var(--muted); font-size: 12px; padding: 0 14px 10px; }
.explains span { display: inline-flex; align-items: center; gap: 5px; }
.explains svg { width: 18px; height: 18px; }

#graph { display: block; width: 100%; height: auto; max-height: 440px; }
#graph text { text-anchor: middle; fill: var(--ink); font-size: 15px; paint-order: stroke; stroke: var(--panel);
  stroke-width: 4px; stroke-linejoin: round; }
#graph .letter { font-size: 25px; font-weight: 750; stroke: none; fill: var(--fill-ink); }
#graph .name { font-weight: 700; font-size: 16px; }
#graph .line { font-size: 13.5px; fill: var(--muted); }
#graph .overflow { text-anchor: start; fill: var(--muted); font-size: 13px; }
.shape { stroke: var(--ink); stroke-width: 1.6px; fill: var(--fill); }
.role-leader { --fill: var(--role-leader); --fill-ink: var(--role-leader-ink); }
.role-candidate { --fill: var(--role-candidate); --fill-ink: var(--role-candidate-ink); }
.role-pre-candidate { --fill: var(--role-pre-candidate); --fill-ink: var(--role-pre-candidate-ink); }
.role-follower { --fill: var(--role-follower); --fill-ink: var(--role-follower-ink); }
.role-learner { --fill: var(--role-learner); --fill-ink: var(--role-learner-ink); }
.role-none, .unseen { --fill: var(--role-none); --fill-ink: var(--role-none-ink); }
.role-leader .shape { stroke-width: 2.6px; }
.role-pre-candidate .shape, .role-learner .shape, .unseen .shape { stroke-dasharray: 5 4; }
.down, .role-down { --fill: var(--down); --fill-ink: var(--panel); }
.down .shape { opacity: .55; }
.downmark { stroke: var(--red); stroke-width: 5px; stroke-linecap: round; }
.halo { fill: none; stroke: var(--red); stroke-width: 4px; }
.rivals { stroke: var(--red); stroke-width: 5px; stroke-linecap: round; }
.rival .halo, .rivals { animation: pulse 1.1s ease-in-out infinite alternate; }
@keyframes pulse { from { opacity: 1; } to { opacity: .35; } }
.link { stroke: var(--line); stroke-width: 2px; }
.link.visitor { stroke: none; }
.link.cut { stroke: var(--red); stroke-dasharray: 6 5; stroke-width: 2.2px; opacity: .75; }
.link.visitor.cut { stroke-width: 1.4px; opacity: .4; }
.cutmark { stroke: var(--red); stroke-width: 3px; stroke-linecap: round; }
.client rect { fill: var(--soft); stroke: var(--muted); stroke-width: 1.3px; }
#graph .client text { font-size: 14px; font-weight: 600; stroke: none; }
.m-election { --c: var(--m-election); } .m-append { --c: var(--m-append); }
.m-heartbeat { --c: var(--m-heartbeat); } .m-snapshot { --c: var(--m-snapshot); }
.m-read { --c: var(--m-read); } .m-client { --c: var(--m-client); } .m-other { --c: var(--m-other); }
.dot { cursor: pointer; }
.dot .touch { fill: transparent; }
.dot .core { fill: var(--c); stroke: var(--panel); stroke-width: 1.5px; }
.dot .ring { fill: none; stroke: var(--c); stroke-width: 2px; }
.dot.now .ring { stroke: var(--accent); stroke-width: 3px; }
.dot .lost { stroke: var(--red); stroke-width: 3.5px; stroke-linecap: round; }

.event { padding: 2px 14px 12px; display: grid; gap: 6px; align-content: start; }
.event #event-text { font-size: 16px; font-weight: 600; overflow-wrap: anywhere; line-height: 1.4; }
#event-where { color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
#event-more { display: grid; gap: 5px; font-size: 13px; }
.kind { display: inline-block; font-size: 11px; font-weight: 650; border-radius: 5px; padding: 1px 7px; background: var(--soft);
  color: var(--muted); text-align: center; line-height: 1.5; }
.kind.k-violation { background: var(--red); color: var(--on-red); }
.kind.k-fault { background: var(--fault); color: var(--panel); }
.kind.k-crash, .kind.k-drop { background: var(--red-soft); color: var(--red); }
.kind.k-boot, .kind.k-resume { color: var(--green); }
.kind.k-state { background: var(--role-follower); color: var(--role-follower-ink); }
.kind.k-invoke, .kind.k-return { color: var(--m-client); }
button.link { border: 0; background: none; color: var(--accent); padding: 0 4px; min-height: 0; text-decoration: underline; }
.diff { list-style: none; display: flex; flex-wrap: wrap; gap: 6px; }
.diff li { border: 1px solid var(--line); border-radius: 6px; padding: 2px 9px; background: var(--soft); }
.diff .field { color: var(--muted); margin-right: 7px; }
.diff del { color: var(--muted); }
.diff ins { text-decoration: none; font-weight: 700; }

.scroll { overflow-x: auto; padding: 4px 14px 12px; }
#states { border-collapse: collapse; width: 100%; font-size: 13px; }
#states th, #states td { text-align: left; padding: 5px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
#states thead th { color: var(--muted); font-weight: 550; font-size: 12px; }
#states tbody th { font-weight: 700; }
#states th:first-child { padding-left: 0; }
#states tbody tr:last-child > * { border-bottom: 0; }
#states tr.down, #states tr.unknown { color: var(--muted); }
#states td.fresh { background: var(--amber-soft); font-weight: 700; }
#states tr.rival { background: var(--red-soft); }
#states tr.rival td[data-field=role], #states tr.rival td[data-field=term] { color: var(--red); font-weight: 700; }
#states td[data-field=role] { max-width: 240px; overflow: hidden; text-overflow: ellipsis; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; background: var(--fill); border: 1px solid var(--muted);
  margin-right: 7px; vertical-align: -1px; }

#lanes-box { position: relative; padding: 0 0 4px; margin: 8px 14px 10px; }
#lanes, #overview { display: block; width: 100%; }
#overview { border: 1px solid var(--line); border-radius: 6px; margin-bottom: 6px; cursor: pointer; touch-action: none; }
#lanes { touch-action: pan-y; cursor: grab; }
#caption { background: var(--amber-soft); border-radius: 6px; padding: 1px 8px; font-size: 12px; }
#caption:empty { display: none; }
#tip { position: absolute; z-index: 5; max-width: min(460px, 90%); background: var(--ink); color: var(--panel); border-radius: 7px;
  padding: 6px 10px; font-size: 12.5px; white-space: pre-line; pointer-events: none; overflow-wrap: anywhere; }
.chips { display: flex; flex-wrap: wrap; gap: 5px; align-items: center; }
.chip { min-height: 28px; padding: 1px 9px; border-radius: 14px; font-size: 12.5px; background: var(--panel); display: inline-flex; gap: 6px; align-items: center; }
.chip small { color: var(--muted); }
.chip[aria-pressed=true] { background: var(--soft); border-color: var(--muted); }
.chip[aria-pressed=false] { color: var(--muted); text-decoration: line-through; }
.stroke { width: 14px; height: 3px; border-radius: 2px; background: var(--c); }
.zoom { display: flex; gap: 4px; }
.zoom button { min-width: 34px; padding: 2px 8px; min-height: 28px; }

.bottom { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 4fr); gap: 12px; }
#list { height: 440px; overflow-y: auto; margin: 8px 0 0; border-top: 1px solid var(--line); position: relative; overscroll-behavior: contain; }
.row { display: grid; grid-template-columns: 84px 62px 80px minmax(0, 1fr); gap: 10px; padding: 3px 14px; align-items: baseline; cursor: pointer;
  border-left: 3px solid transparent; font-size: 13px; }
.row:hover { background: var(--soft); }
.row .time, .row .ordinal { color: var(--muted); font-size: 12px; }
.row .ordinal { text-align: right; }
.row .what { overflow-wrap: anywhere; }
.row.selected { background: var(--soft); border-left-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.row.k-violation { background: var(--red-soft); font-weight: 650; }
.row.k-fault .what { color: var(--fault); font-weight: 600; }
#list-process { min-height: 28px; padding: 1px 6px; font-size: 12.5px; }
#story { max-height: 452px; overflow-y: auto; padding: 4px 14px 12px; }
#story ol { list-style: none; }
#story li { display: grid; grid-template-columns: 78px minmax(0, 1fr); gap: 10px; padding: 3px 0; font-size: 13px; }
#story a { color: inherit; text-decoration: none; overflow-wrap: anywhere; }
.live #story a { cursor: pointer; }
.live #story a:hover { text-decoration: underline; }
#story .time { color: var(--muted); font-size: 12px; padding-top: 1px; }
#story .k-fault a { color: var(--fault); font-weight: 600; }
#story .k-down a, #story .k-disk a { color: var(--red); }
#story .k-leader a { font-weight: 700; }
#story .k-violation { background: var(--red-soft); font-weight: 700; margin: 2px -6px; padding: 5px 6px; border-radius: 6px; }
#story .gap { display: block; color: var(--muted); font-style: italic; }
.note { padding: 14px 20px; }

#transport { position: sticky; bottom: 0; z-index: 4; background: var(--panel); border-top: 1px solid var(--line);
  box-shadow: 0 -3px 14px rgb(0 0 0 / .09); padding: 8px 20px; display: grid; grid-template-columns: auto minmax(160px, 1fr) auto auto;
  gap: 6px 16px; align-items: center; }
.deck { display: flex; gap: 4px; align-items: center; }
.deck button { min-width: 38px; min-height: 36px; padding: 2px 8px; }
.deck svg { display: block; width: 18px; height: 18px; fill: currentColor; margin: auto; }
#play { background: var(--accent); border-color: var(--accent); color: var(--panel); min-width: 48px; }
#play .bars, #play.playing .arrow { display: none; }
#play.playing .bars { display: block; }
.track { position: relative; padding-top: 8px; }
#slider { width: 100%; margin: 0; accent-color: var(--accent); height: 22px; display: block; }
#marks { position: absolute; left: 8px; right: 8px; top: 0; height: 9px; pointer-events: none; }
#marks i { position: absolute; bottom: 0; width: 2px; height: 6px; background: var(--fault); transform: translateX(-1px); }
#marks i.violation { background: var(--red); width: 4px; height: 9px; transform: translateX(-2px); border-radius: 1px; }
.clock { display: grid; font-size: 12.5px; color: var(--muted); line-height: 1.5; }
#step-box { width: 84px; min-height: 26px; padding: 0 6px; text-align: right; }
#now { white-space: nowrap; }
#to-violation:not(.plain) { background: var(--red); border-color: var(--red); color: var(--on-red); font-weight: 650; }
#toast { position: fixed; left: 50%; bottom: 84px; translate: -50% 0; background: var(--ink); color: var(--panel); border-radius: 8px;
  padding: 7px 16px; opacity: 0; pointer-events: none; z-index: 6; }
#toast.shown { animation: toast 2.2s; }
@keyframes toast { 0%, 70% { opacity: 1; } 100% { opacity: 0; } }
dialog { border: 1px solid var(--line); border-radius: 12px; background: var(--panel); color: var(--ink); max-width: min(680px, 92vw); padding: 20px 24px; }
dialog::backdrop { background: rgb(0 0 0 / .45); }
dialog h2 { font-size: 17px; margin-bottom: 10px; }
dialog dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 5px 18px; margin: 10px 0 16px; }
dialog dd { margin: 0; }
kbd { font: 12px ui-monospace, Consolas, "DejaVu Sans Mono", monospace; background: var(--soft); border: 1px solid var(--line); border-bottom-width: 2px;
  border-radius: 5px; padding: 1px 6px; }

@media (max-width: 900px) {
  #explorer, .bottom { grid-template-columns: minmax(0, 1fr); }
  #explorer { padding: 10px; gap: 10px; }
  .side { grid-template-rows: minmax(150px, auto) auto; }
  #transport { grid-template-columns: minmax(0, 1fr) auto; padding: 6px 10px; gap: 4px 10px; }
  .track { grid-column: 1 / -1; grid-row: 1; }
  .jumps { grid-column: 1 / -1; }
  .jumps button { flex: 1 1 auto; padding: 2px 4px; font-size: 12.5px; }
  .clock { justify-items: end; }
}
@media (max-width: 600px) {
  .verdict { grid-template-columns: auto 1fr; padding: 10px 12px; gap: 8px; }
  .verdict .words { grid-column: 1 / -1; grid-row: 2; }
  .tools { justify-self: end; }
  h1 small { display: block; margin: 0; }
  .run { padding: 8px 12px 10px; }
  .repro span { display: none; }
  .repro { flex-wrap: wrap; }
  .repro code { flex: 1 1 0; }
  .ways { margin: 0; flex-basis: 100%; }
  .honesty { padding: 8px 12px; }
  #graph text { font-size: 20px; } #graph .line { font-size: 19px; } #graph .name { font-size: 21px; }
  #graph .second { display: none; }
  #graph .client text { font-size: 17px; }
  .row { grid-template-columns: 78px minmax(60px, auto) 1fr; gap: 2px 8px; padding: 5px 10px; }
  .row .what { grid-column: 1 / -1; }
  .row .ordinal { text-align: left; }
  .row .kind { justify-self: start; }
  #lanes-box { margin: 8px 8px 8px; }
  #list { height: 380px; }
  .speed-choice, #first, #last { display: none; }
}
@media (prefers-reduced-motion: reduce) { *, *::before { animation: none !important; } #toast.shown { opacity: 0; } }
@media print {
  #transport, .tools, .chips, .zoom, #list, #list-panel, #toast { display: none !important; }
  #story { max-height: none; overflow: visible; }
  body { background: #fff; }
}
`;

/** For the view of a history, by itself or in a report. */
export const HISTORY_STYLE = `
.sheet { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; padding: 12px 20px 20px; }
.history-panel { margin: 12px 20px 0; }
.history-bar { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; padding: 6px 14px; }
.history-bar .chip[aria-pressed=false] { text-decoration: none; }
.history-caption { color: var(--muted); font-size: 12.5px; margin-right: auto; }
.history-stage { position: relative; margin: 2px 14px 8px; }
.history-stage canvas { display: block; width: 100%; }
.history-overview { border: 1px solid var(--line); border-radius: 6px; margin-bottom: 6px; cursor: pointer; }
.history-scroll { max-height: 460px; overflow-y: auto; border: 1px solid var(--line); border-radius: 6px; }
.history-lanes { touch-action: pan-y; cursor: grab; }
.history-tip { position: absolute; z-index: 5; max-width: min(460px, 90%); background: var(--ink); color: var(--panel); border-radius: 7px;
  padding: 6px 10px; font-size: 12.5px; white-space: pre-line; pointer-events: none; overflow-wrap: anywhere; }
.history-details { padding: 4px 14px 10px; display: grid; gap: 3px; min-height: 84px; align-content: start; overflow-wrap: anywhere; }
.history-details .what { font-size: 15px; font-weight: 650; }
.history-details .culprit { color: var(--red); }
.history-details .when { color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.core { border-collapse: collapse; width: 100%; font-size: 13.5px; }
.core th, .core td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.core thead th { color: var(--muted); font-weight: 550; font-size: 12px; }
.core td { white-space: nowrap; font-variant-numeric: tabular-nums; }
.core td:nth-child(2) { white-space: normal; overflow-wrap: anywhere; min-width: 120px; }
.core .culprit { color: var(--red); font-weight: 650; }
.orders { padding: 2px 14px 12px 34px; display: grid; gap: 8px; font-size: 13.5px; }
.orders ul { padding-left: 18px; color: var(--muted); }
.orders li { overflow-wrap: anywhere; }
i.bar { display: inline-block; width: 22px; height: 11px; border-radius: 2px; }
i.bar.red { background: var(--red); } i.bar.amber { background: var(--amber); }
i.bar.green { background: var(--green); opacity: .45; } i.bar.muted { background: var(--muted); opacity: .35; }
@media (max-width: 900px) { .sheet { padding: 10px; } .history-panel { margin: 10px 10px 0; } }
@media (max-width: 600px) { .history-stage { margin: 2px 8px 8px; } .history-scroll { max-height: 340px; }
}
@media print { .history-bar { display: none; } .history-scroll { max-height: none; } }
`;
