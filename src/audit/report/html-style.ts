import { MAX_LANES } from './html-ladder.ts'

const VERDICTS = ['succeeded', 'inconclusive', 'resisted', 'skipped']

/** The style sheet of the report: everything in it, nothing loaded. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf8;--raised:#fff;--ink:#1d1c1a;--soft:#625e57;--rule:#dedad2;
--succeeded:#b42318;--inconclusive:#8a5a00;--resisted:#2c6e49;--skipped:#6b6760;--lane:5.2rem;
--serif:Charter,"Bitstream Charter","Iowan Old Style",Georgia,serif;--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){:root{--paper:#171614;--raised:#1f1e1b;--ink:#ece8e1;--soft:#a8a298;--rule:#3a3733;
--succeeded:#ff8a7a;--inconclusive:#e6b450;--resisted:#7fc79b;--skipped:#a09a90}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3rem}
h1,h2,.letter{font-family:var(--serif);font-weight:600;line-height:1.15;text-wrap:balance}
h1{font-size:clamp(1.9rem,5vw,3rem);margin:.2rem 0 .6rem}
h2{font-size:1.55rem;margin:3.2rem 0 .4rem}
h4{margin:1.4rem 0 .3rem;font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);font-weight:600}
p{margin:.4rem 0}
a{color:inherit;text-underline-offset:.18em;text-decoration-color:var(--skipped);text-decoration-thickness:1px}
.eyebrow,.note,.about{color:var(--soft)}
.eyebrow{font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;margin:0}
.note{font-size:.85rem}
.about{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;margin:0;padding:0;font-size:.93rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--raised);padding:.5rem 1rem}
:focus-visible{outline:2px solid currentColor;outline-offset:2px;border-radius:2px}
.alarm{border-left:3px solid var(--succeeded);padding-left:.8rem;margin-top:1rem}
.grade{display:grid;grid-template-columns:auto 1fr;gap:.5rem 2rem;align-items:start;margin-top:2rem;padding:1.6rem 0;border-block:1px solid var(--rule)}
.letter{font-size:clamp(4.5rem,14vw,8rem);line-height:.85;margin:0}
.letter.none{font-size:1.7rem;line-height:1.1;max-width:7em}
.grade ul{margin:0;padding-left:1.1rem}
.bar{display:block;width:100%;height:.55rem;margin:1rem 0 .5rem;border-radius:1rem}
.grade .sums{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;font-size:.93rem}
${VERDICTS.map(each => `.${each}{--tone:var(--${each})}`).join('\n')}
.unknown{--tone:var(--skipped)}
.bar rect{fill:var(--tone)}
.word{color:var(--tone);font-weight:600;white-space:nowrap}
.sums .word::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;background:var(--tone);margin-right:.45em}
table{width:100%;border-collapse:collapse;margin-top:.8rem}
th,td{text-align:left;vertical-align:top;padding:.7rem 1rem .7rem 0;border-top:1px solid var(--rule)}
thead th{border:0;color:var(--soft);font-size:.8rem;font-weight:600;letter-spacing:.04em;padding-bottom:.2rem}
tbody th{font-weight:600;width:44%}
tbody th small{display:block;font-weight:400;color:var(--soft)}
td ul{margin:0;padding:0;list-style:none}
fieldset{border:0;padding:0;margin:1rem 0 1.2rem;display:flex;flex-wrap:wrap;gap:.4rem}
legend{padding:0;margin-bottom:.4rem;color:var(--soft);font-size:.9rem}
.pick{position:relative}
.pick input{position:absolute;inset:0;opacity:0;margin:0;width:100%;height:100%;cursor:pointer}
.pick span{display:block;padding:.3rem .8rem;border:1px solid var(--rule);border-radius:2rem;font-size:.92rem}
.pick input:checked+span{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.pick input:focus-visible+span{outline:2px solid currentColor;outline-offset:2px}
${VERDICTS.map(each => `main:has(#pick-${each}:checked) .attack:not(.${each}){display:none}`).join('\n')}
.attack{border-top:1px solid var(--rule);scroll-margin-top:1rem}
.attack:target{display:block!important}
.attack>summary{display:grid;grid-template-columns:3rem 1fr 6rem 7rem;gap:.2rem .9rem;padding:.75rem 0;align-items:baseline}
.attack>summary:hover{background:var(--raised)}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
.entry,.id,code,pre,.at{font-family:var(--mono);font-size:.82rem}
.entry{color:var(--soft)}
.title b{font-weight:600}
.id{display:block;color:var(--soft)}
.severity{color:var(--soft);font-size:.9rem}
.inside{padding:0 0 1.6rem 3.9rem}
.seen{font-size:1.05rem;border-left:3px solid var(--tone);padding-left:.8rem;margin:.2rem 0 1rem}
dl{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.35rem 1.2rem;margin:0}
dt{color:var(--soft)}
dd{margin:0}
dd ul{margin:0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:0 1.2rem}
.ladder ol{list-style:none;margin:0;padding:0;font-size:.88rem}
.ladder summary{display:grid;grid-template-columns:3.8rem auto 1fr;gap:0 .9rem;align-items:stretch}
.ladder summary:hover .said{text-decoration:underline;text-decoration-color:var(--rule)}
.ladder .at{color:var(--soft);text-align:right;padding-top:.3rem;font-size:.75rem}
.said{padding:.25rem 0}
.said b{font-weight:500;color:var(--soft);font-size:.8rem;margin-right:.4rem}
.lanes{display:grid;align-items:center;background:repeating-linear-gradient(90deg,transparent 0 calc(var(--lane)/2 - 1px),var(--rule) calc(var(--lane)/2 - 1px) calc(var(--lane)/2),transparent calc(var(--lane)/2) var(--lane))}
.names{background:none;margin-left:4.7rem;font-size:.78rem;color:var(--soft)}
.names span{text-align:center;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;padding:0 .2rem}
.arrow{grid-row:1;height:2px;background:var(--ink);position:relative;margin:0 calc(var(--lane)/2)}
.arrow::after{content:"";position:absolute;top:-3px;border:4px solid transparent}
.arrow.right::after{right:-1px;border-left:7px solid var(--ink);border-right:0}
.arrow.left::after{left:-1px;border-right:7px solid var(--ink);border-left:0}
${lanes()}
pre{margin:.2rem 0 1rem;padding:.9rem 1rem;background:var(--raised);border:1px solid var(--rule);border-radius:4px;white-space:pre-wrap;line-height:1.45}
.ladder .note,.ladder pre{margin-left:4.7rem}
footer{padding-block:3rem;color:var(--soft);font-size:.9rem}
@media(max-width:44rem){
:root{--lane:1.5rem}
header{padding-top:1.6rem}
main,header,footer{padding-inline:1rem}
.grade{grid-template-columns:1fr;gap:1rem}
.attack>summary{grid-template-columns:2.4rem 1fr;gap:.1rem .6rem}
.attack>summary .severity,.attack>summary .word{grid-column:2}
.attack>summary .severity{display:inline}
.inside{padding-left:0}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.6rem}
.ladder summary{grid-template-columns:auto 1fr}
.ladder .at{display:none}
.names{display:none}
.said b{display:block}
.ladder .note,.ladder pre{margin-left:0}
thead{display:none}
tr,tbody th,td{display:block;width:auto}
tbody th{padding-bottom:0}
td{border:0;padding-top:.2rem}
}
@media print{.skip,fieldset{display:none}}
`

/** Columns of ladders: as many lanes, and arrows from one line of the grid to another. */
function lanes(): string {
  const numbers = Array.from({ length: MAX_LANES + 1 }, (_, at) => at + 1)
  return numbers
    .flatMap(each => [
      `.n${each}{grid-template-columns:repeat(${each},var(--lane))}`,
      `.f${each}{grid-column-start:${each}}`,
      `.t${each}{grid-column-end:${each}}`,
    ])
    .join('\n')
}
