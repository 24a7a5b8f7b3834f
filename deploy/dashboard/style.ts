import { STYLE as RUN_STYLE } from "../../runtime/page/style.ts";

const LISTS_AND_FORMS = `
.b-missed{fill:none;stroke:var(--stop);stroke-width:2}
.strip{display:block;width:238px;height:20px;max-width:100%}
.tag{font-size:12px;line-height:16px;border:1px solid var(--hair);border-radius:4px;padding:0 4px;color:var(--text3);font-family:system-ui,sans-serif}
.why{display:block;font-size:12px;line-height:16px;color:var(--text2)}
.group td{padding-top:24px;font-size:12px;font-weight:600;color:var(--text2)}
tbody tr.group:hover td{background:none}
td a.row{text-decoration:none;font-weight:500}
td a.row:hover{text-decoration:underline}
.jobname{display:flex;gap:10px}td .row{overflow-wrap:normal}td .row bdi{overflow-wrap:anywhere}
.jobname>span{min-width:0}
.second bdi,.second.desc{white-space:normal}
.quiet{color:var(--text3)}
.count{margin-left:6px;border:1px solid var(--hair);border-radius:10px;padding:0 6px;font-size:12px;line-height:16px;color:var(--text2)}
form.filters{display:flex;gap:12px 16px;flex-wrap:wrap;align-items:center;margin:16px 0 8px}
input[type=search],input[type=text]{min-width:240px}
::placeholder{color:var(--text3);opacity:1}
.filled{background:var(--text);color:var(--bg);border-color:var(--text)}
.filled.red{background:var(--fail);border-color:var(--fail)}
.off{border-style:dashed;color:var(--text3);cursor:not-allowed}
.refused{display:inline-flex;gap:8px;align-items:center;flex-wrap:wrap}
.steps{display:grid;grid-template-columns:minmax(0,420px) minmax(0,1fr);gap:0 56px}
.steps section{margin-top:24px}
form.params{display:grid;gap:16px;margin-top:12px}
form.params .field,form.params fieldset{display:grid;gap:4px;border:0;margin:0;padding:0}
form.params .name{font-size:14px;line-height:20px;font-weight:500;color:var(--text);padding:0}
form.params .choice{display:flex;gap:8px;align-items:center}
form.params .error{color:var(--fail);font-size:12px}
form.params details>*+*{margin-top:12px}
form.params input[type=text],form.params select,textarea{width:100%}
textarea{font:13px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:inherit;background:var(--bg);border:1px solid var(--edge);border-radius:6px;padding:8px}
[aria-invalid]{border-color:var(--fail)!important}
.log.changes{margin:12px 0}.log.changes li{display:block}
.pages{display:flex;gap:16px;margin-top:12px;font-size:12px;color:var(--text3)}
table.even{table-layout:fixed}.even th{white-space:normal}.even th:first-child{width:30%}
.added{color:var(--ok)}.gone{color:var(--fail)}
`;

const NARROW = `
@media (max-width:1279px){.wide{display:none}.desc{max-width:36ch;overflow:hidden;white-space:nowrap;text-overflow:ellipsis}}
@media (max-width:1099px){.strip{width:119px}}
@media (max-width:639px){input[type=search],input[type=text]{min-width:0;width:100%}form.filters>label{width:100%}.steps{display:block}.desc{display:none}
.list table,.list tbody{display:block}.list thead{display:none}.list tr{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 12px;border-bottom:1px solid var(--hair);padding:8px 0}.list td{border:0;padding:0}.list tbody tr.group{border:0;padding-bottom:0}.list .full{grid-column:1/-1}.list .last{order:1}.list .next{order:2;text-align:right}.list .right{text-align:right}.list .strips{order:3}.list tr:hover td{background:none}}
`;

/** The style sheet of every page: that of a run's, then what lists and forms need. */
export const STYLE = `${RUN_STYLE}${`${LISTS_AND_FORMS}${NARROW}`.replaceAll("\n", "")}`;
