/** The colours of the design, light and dark. Contrast is computed for each on its grounds: text 4.5, graphics and edges 3. */
const LIGHT =
  "--bg:#ffffff;--sunken:#f6f7f8;--hover:#f0f1f3;--hair:#e3e5e8;--edge:#7f858f;--text:#15171c;--text2:#50555f;--text3:#676c77;--ok:#17754a;--ok-bar:#3f9a6d;--fail:#c5292f;--stop:#935800;--kill:#7a3fc0;--none:#636975;--run:#2458d6;--fail-tint:#fdefee;--stop-tint:#fcf3e3;--kill-tint:#f5effc;--run-tint:#ecf2fe;--ok-tint:#eaf6ef;--none-tint:#f0f1f3";
const DARK =
  "--bg:#0f1013;--sunken:#16181c;--hover:#1d1f24;--hair:#272a30;--edge:#6b717d;--text:#eceef1;--text2:#a9aeb8;--text3:#8b919c;--ok:#4cc38a;--ok-bar:#2f8a5e;--fail:#ff7b78;--stop:#e8ac4f;--kill:#bf95f7;--none:#9299a5;--run:#83a8ff;--fail-tint:#2c1618;--stop-tint:#281f10;--kill-tint:#21192e;--run-tint:#151f36;--ok-tint:#12231b;--none-tint:#1d1f24";

const FRAME = `
*{box-sizing:border-box}
[hidden]{display:none!important}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:400 14px/20px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
bdi,code,.mono{overflow-wrap:anywhere}
h1,h2,p,dl,dd,ol,ul,table,pre,figure{margin:0;padding:0}
h1{font:600 20px/28px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h2{font-size:14px;font-weight:600}
a{color:inherit;text-decoration-color:var(--edge);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
code,.mono,pre{font:13px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-variant-ligatures:none}
small,.note,th,dt,.label{font-size:12px;line-height:16px;font-weight:400;color:var(--text3)}
:focus-visible{outline:2px solid var(--run);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:8px;top:8px;background:var(--bg);padding:8px;z-index:1}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.symbols{position:absolute;width:0;height:0}
header,main,footer{max-width:1600px;margin:0 auto;padding:0 40px}
.top{border-bottom:1px solid var(--hair)}
header{display:flex;align-items:stretch;gap:24px;min-height:48px;flex-wrap:wrap}
header>*{display:flex;align-items:center}
.word{font:600 14px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-decoration:none}
header nav{gap:20px}
header nav a{display:flex;align-items:center;height:100%;text-decoration:none;color:var(--text2);border-bottom:2px solid transparent;margin-bottom:-1px}
header nav a[aria-current]{color:var(--text);font-weight:600;border-color:var(--text)}
.place{margin-left:auto;gap:16px;color:var(--text3);font-size:12px}
.place b{color:var(--text2);font-weight:500}
main{padding-top:24px;padding-bottom:56px}
footer{padding-top:24px;padding-bottom:24px;display:flex;gap:24px;flex-wrap:wrap;font-size:12px;color:var(--text3)}
.crumbs{font-size:12px;color:var(--text3);margin-bottom:8px}
.crumbs a{text-decoration:none}
.crumbs a:hover{text-decoration:underline}
.head{display:flex;gap:16px;justify-content:space-between;flex-wrap:wrap;align-items:flex-start}
.head h1{display:flex;gap:8px;align-items:center}
.head h1.name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-variant-ligatures:none}
.lead{color:var(--text2);margin-top:4px;max-width:110ch}
.live{font-size:12px;color:var(--text3)}
section{margin-top:40px}
section>.title{display:flex;gap:8px;align-items:baseline;flex-wrap:wrap;margin-bottom:8px}
.split{display:grid;grid-template-columns:minmax(0,1fr) 392px;gap:0 56px}
.split>aside{min-width:0}
`;

const PARTS = `
.m{flex:none;fill:none;vertical-align:-3px}
.m .shape,symbol .shape{fill:currentColor}
symbol .line{fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
symbol .glyph{fill:none;stroke:var(--bg);stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
symbol .dot{fill:currentColor;animation:pulse 2s ease-in-out infinite}
@keyframes pulse{50%{opacity:.35}}
.c-ok{color:var(--ok)}.c-fail{color:var(--fail)}.c-stop{color:var(--stop)}.c-kill{color:var(--kill)}.c-none{color:var(--none)}.c-run{color:var(--run)}
.outcome{display:inline-flex;gap:6px;align-items:center}
.bar{fill:var(--ok-bar)}
.b-fail{fill:var(--fail)}.b-stop{fill:var(--stop)}.b-kill{fill:var(--kill)}.b-run{fill:var(--run)}
.b-none{fill:none;stroke:var(--none)}
.scroll{overflow-x:auto;margin-top:8px}
table{width:100%;border-collapse:collapse;text-align:left}
caption{text-align:left}
th{padding:8px 16px 8px 0;border-bottom:1px solid var(--hair);white-space:nowrap}
td{padding:6px 16px 6px 0;border-bottom:1px solid var(--hair);vertical-align:top}
th:last-child,td:last-child{padding-right:0}
tbody tr:hover td{background:var(--hover)}
.num{text-align:right;white-space:nowrap}
.second{display:block;white-space:nowrap;font-size:12px;line-height:16px;color:var(--text3)}
.tabs{display:flex;gap:4px 16px;flex-wrap:wrap}
.tabs a{display:inline-flex;gap:6px;align-items:center;font-size:12px;color:var(--text2);text-decoration:none;padding:4px 0;border-bottom:2px solid transparent}
.tabs a[aria-current]{color:var(--text);font-weight:600;border-color:var(--text)}
.tabs .n{color:var(--text3);font-weight:400}
input,select,button,.button{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--edge);border-radius:6px;height:32px;padding:0 10px;max-width:100%}
input[type=checkbox]{height:16px;width:16px;accent-color:var(--text);vertical-align:-3px}
button,.button{cursor:pointer;display:inline-flex;align-items:center;font-weight:500;text-decoration:none}
.small{height:28px;font-size:12px;white-space:nowrap}
.buttons{display:flex;gap:8px;flex-wrap:wrap;align-items:center}
dl.facts{display:flex;flex-wrap:wrap;gap:12px 40px;border:solid var(--hair);border-width:1px 0;padding:12px 0;margin-top:24px}
dl.pairs{display:grid;grid-template-columns:minmax(96px,auto) minmax(0,1fr);gap:4px 16px}
dl.pairs dt{font:13px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.banner{border-radius:8px;padding:16px;margin-top:24px;display:flex;gap:12px;background:var(--none-tint)}
.t-fail{background:var(--fail-tint)}.t-stop{background:var(--stop-tint)}.t-kill{background:var(--kill-tint)}.t-run{background:var(--run-tint)}
.banner h2{margin-bottom:4px}
.banner ul{padding-left:16px;color:var(--text2)}
.banner .next{margin-top:8px;display:grid;grid-template-columns:auto minmax(0,1fr);gap:4px 12px}
.banner .next b{font-weight:600}
.cmd{display:flex;gap:8px;background:var(--sunken);border-radius:8px;padding:8px 12px;align-items:flex-start;justify-content:space-between}
.cmd button{flex:none}
.cmd code::before{content:"$ ";color:var(--text3)}
.chart{position:relative;padding-right:56px}
.chart svg{display:block;width:100%;height:72px}
.chart .axis{position:absolute;right:0;top:0;height:72px;width:48px;display:flex;flex-direction:column;justify-content:space-between;font-size:12px;line-height:12px;color:var(--text3)}
.chart .memory{fill:none;stroke:var(--text2);stroke-width:1.5;vector-effect:non-scaling-stroke}.chart .limit{fill:none;stroke:var(--edge);stroke-dasharray:4 3;vector-effect:non-scaling-stroke}.chart .l-kill{stroke:var(--kill)}
summary{cursor:pointer;font-size:12px;color:var(--text3)}details>table{margin-top:4px}
.big{font:600 20px/28px system-ui,sans-serif}
.progress{display:flex;gap:4px 24px;align-items:baseline;flex-wrap:wrap;color:var(--text2)}
.meter{display:block;width:100%;height:8px;margin-top:8px}
.meter .ground{fill:var(--hair)}
.timeline td{border:0;padding:4px 16px 4px 0}.timeline td:first-child{white-space:nowrap}.timeline td:nth-child(2){width:40%}
.timeline svg{display:block;width:100%;min-width:48px;height:12px}
.timeline .wait{fill:var(--edge)}.timeline .work{fill:var(--text)}
.timeline .e-ok{fill:var(--ok)}.timeline .e-fail{fill:var(--fail)}.timeline .e-stop{fill:var(--stop)}.timeline .e-kill{fill:var(--kill)}.timeline .e-none{fill:var(--none)}.timeline .e-run{fill:var(--run)}
.log{list-style:none;background:var(--sunken);border-radius:8px;padding:8px 0;overflow-x:auto;font:13px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-variant-ligatures:none}
.log li{display:grid;grid-template-columns:48px 96px 48px minmax(0,1fr);gap:0 8px;padding:0 12px;border-left:2px solid transparent}
.log li:target{background:var(--run-tint);border-color:var(--run)}
.log .no{color:var(--text3);text-align:right;text-decoration:none;user-select:none}
.log time,.log .lv,.log .fields{color:var(--text3)}.log time,.log .no{white-space:nowrap}
.log .msg{white-space:pre-wrap}
.log .warn .lv{color:var(--stop);font-weight:600}
.log .error .lv{color:var(--fail);font-weight:600}
pre.value{background:var(--sunken);border-radius:8px;padding:12px;overflow-x:auto;white-space:pre-wrap}
`;

const NARROW = `
@media (max-width:1279px){.split{display:block}.split>aside{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 40px;border-top:1px solid var(--hair);margin-top:40px}.split>aside>section{margin-top:24px}}
@media (max-width:1099px){header,main,footer{padding-left:24px;padding-right:24px}}
@media (max-width:639px){header,main,footer{padding-left:16px;padding-right:16px}header{gap:0 16px;padding-top:8px}.place{order:1;margin-left:auto}header nav{order:2;width:100%;height:36px}.from{display:none}input,select,button,.button{height:40px;font-size:16px}.small{height:32px;font-size:12px}.split>aside{display:block}.mid{display:none}
.log li{grid-template-columns:32px 96px minmax(0,1fr)}.log .msg{grid-column:1/-1;padding-left:16px}}
@media (prefers-reduced-motion:reduce){symbol .dot{animation:none}}
@media (forced-colors:active){.bar,.timeline rect,.meter rect{forced-color-adjust:none}}
`;

/** The style sheet of a run's page; pages that show more add theirs. */
export const STYLE =
  `:root{${LIGHT}}@media (prefers-color-scheme:dark){:root{${DARK}}}${FRAME}${PARTS}${NARROW}`.replaceAll("\n", "");
