import { createHash } from 'node:crypto'
import { PRODUCT_NAMES, PRODUCTS } from '../product.ts'
import { ladderMarkup } from './html-ladder.ts'
import { STYLE } from './html-style.ts'
import { Markup, markup } from './markup.ts'
import type { Report, ReportedAttack } from './report.ts'
import { type TableRow, tableRows } from './table-rows.ts'

type Verdict = ReportedAttack['verdict']

const VERDICTS: readonly Verdict[] = ['succeeded', 'inconclusive', 'resisted', 'skipped']

/** A row of the table stays a row. */
const MAX_LINKS = 4

const SEVERITIES: readonly ReportedAttack['severity'][] = ['critical', 'high', 'medium', 'low']

/**
 * The report as one page: no script, nothing loaded, nothing but its own style sheet allowed. Filtering is done by a
 * group of radio buttons and the style sheet, unfolding by `details`: both work by keyboard.
 */
export function reportHtml(report: Report): string {
  const { target, grade } = report
  const title = `Audit of ${target.domain}: ${grade.letter === undefined ? 'no grade' : `grade ${grade.letter}`}`
  const hash = createHash('sha256').update(STYLE, 'utf8').digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  // Not escaped: written here, and what the policy allows is its hash.
  const style = new Markup(`<style>${STYLE}</style>`)
  return `<!doctype html>\n${
    markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${style}
</head>
<body>
<a class="skip" href="#attacks">To the attacks</a>
${header(report)}
<main>
${gradeMarkup(report)}
${tableMarkup(report)}
${attacksMarkup(report)}
</main>
<footer><p>${report.tool.name} ${report.tool.version}. Passwords are not in this file; answers to challenges are: they are good for guessing, so keep it to yourself.</p></footer>
</body>
</html>
`.html
  }`
}

function header(report: Report): Markup {
  const { target, server, profile, startedAt, durationMs, sent } = report
  const ports = Object.entries(target.ports).map(([transport, port]) => `${transport} ${port}`)
  const facts = [
    `${target.ip}: ${ports.join(', ')}`,
    ...(server === undefined ? [] : [`says it is ${server}`]),
    `${profile} profile`,
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    `${(durationMs / 1_000).toFixed(1)} s`,
    `${sent} messages sent by attacks`,
  ]
  const alarms = [
    ...(report.isInterrupted ? ['The run was interrupted: this is what was found until then.'] : []),
    ...(report.died === undefined ? [] : [report.died]),
  ]
  return markup`<header>
<p class="eyebrow">Audit of a SIP server</p>
<h1>${target.domain}</h1>
<ul class="about">${facts.map(fact => markup`<li>${fact}</li>`)}</ul>
${alarms.map(alarm => markup`<p class="alarm">${alarm}</p>`)}
</header>`
}

function gradeMarkup({ grade, summary }: Report): Markup {
  const { letter, confidence, reasons } = grade
  const all = VERDICTS.reduce((sum, verdict) => sum + summary[verdict], 0)
  const counted = VERDICTS.filter(verdict => summary[verdict] > 0)
  let x = 0
  const bars = counted.map(verdict => {
    const width = summary[verdict]
    x += width
    return markup`<rect class="${verdict}" x="${x - width}" width="${width}" height="1"/>`
  })
  const sums = counted.map(
    verdict => markup`<li class="${verdict}"><span class="word">${summary[verdict]} ${verdict}</span></li>`,
  )
  const shown =
    letter === undefined
      ? markup`<p class="letter none">No grade</p>`
      : markup`<p class="letter" aria-label="Grade ${letter}">${letter}</p>`
  return markup`<section class="grade" aria-label="Grade">
${shown}
<div>
<ul>${reasons.map(reason => markup`<li>${reason}</li>`)}<li>Confidence: ${confidence}.</li></ul>
<svg class="bar" viewBox="0 0 ${Math.max(1, all)} 1" preserveAspectRatio="none" role="img" aria-label="${counted.map(verdict => `${summary[verdict]} ${verdict}`).join(', ')}">${bars}</svg>
<ul class="sums">${sums}</ul>
</div>
</section>`
}

function tableMarkup(report: Report): Markup {
  return markup`<section aria-labelledby="table-one">
<h2 id="table-one">Threats of Table 1</h2>
<p class="note">The rows of Table 1 of <i>SIP Security Mechanisms: A state-of-the-art review</i>, with what this run says about each.</p>
<table>
<thead><tr><th scope="col">Threat</th><th scope="col">Attacks</th></tr></thead>
<tbody>${tableRows(report).map(tableRow)}</tbody>
</table>
</section>`
}

function tableRow({ title, impact, attacks, verdict }: TableRow): Markup {
  const words = { succeeded: 'succeeded', resisted: 'resisted', unknown: 'not tried' }[verdict]
  const count = (each: Verdict): number => attacks.filter(attack => attack.verdict === each).length
  const counts = VERDICTS.filter(each => count(each) > 0).map(each => `${count(each)} ${each}`)
  const succeeded = attacks.filter(attack => attack.verdict === 'succeeded')
  const rest = succeeded.length - MAX_LINKS
  const more = rest <= 0 ? markup`` : markup`<li class="note">and ${rest} more below</li>`
  return markup`<tr><th scope="row">${title}<small>${impact}</small></th><td class="${verdict}"><span class="word">${words}</span> <span class="note">${counts.join(', ')}</span><ul>${succeeded
    .slice(0, MAX_LINKS)
    .map(({ id, title: what }) => markup`<li><a href="#${id}">${what}</a></li>`)}${more}</ul></td></tr>`
}

function attacksMarkup(report: Report): Markup {
  const { attacks, summary } = report
  const rank = ({ verdict, severity }: ReportedAttack): number =>
    VERDICTS.indexOf(verdict) * 10 + SEVERITIES.indexOf(severity)
  const sorted = attacks.toSorted((a, b) => rank(a) - rank(b))
  const picks = VERDICTS.map(verdict => pick(verdict, `${verdict} ${summary[verdict]}`, false))
  return markup`<section aria-labelledby="attacks">
<h2 id="attacks">Attacks</h2>
<fieldset><legend>Show</legend>${pick('all', `all ${attacks.length}`, true)}${picks}</fieldset>
${sorted.map(attack => attackMarkup(report, attack))}
</section>`
}

function pick(name: string, label: string, isChosen: boolean): Markup {
  const checked = isChosen ? markup` checked` : markup``
  return markup`<label class="pick"><input type="radio" name="pick" id="pick-${name}"${checked}><span>${label}</span></label>`
}

function attackMarkup(report: Report, attack: ReportedAttack): Markup {
  const { id, entry, title, severity, verdict } = attack
  return markup`<details class="attack ${verdict}" id="${id}">
<summary><span class="entry">${entry}</span><span class="title"><b>${title}</b><span class="id">${id}</span></span><span class="severity">${severity}</span><span class="word">${verdict}</span></summary>
<div class="inside">
<p class="seen">${attack.why}</p>
<dl>
<dt>Expected</dt><dd>${attack.expected}</dd>
${countsMarkup(attack)}${mendingMarkup(report, attack)}<dt>Source</dt><dd>${[attack.clause, ...attack.references].join('; ')}</dd>
${triedMarkup(attack)}</dl>
${ladderMarkup(attack)}
</div>
</details>
`
}

function countsMarkup({ counts = {} }: ReportedAttack): Markup {
  const items = Object.entries(counts).map(([name, value]) => markup`<li>${name} ${value}</li>`)
  return items.length === 0 ? markup`` : markup`<dt>Figures</dt><dd><ul>${items}</ul></dd>\n`
}

function triedMarkup({ verdict, sent, durationMs }: ReportedAttack): Markup {
  if (verdict === 'skipped') return markup``
  return markup`<dt>Effort</dt><dd>${sent} messages, ${(durationMs / 1_000).toFixed(2)} s</dd>\n`
}

/** How to mend what succeeded; for the product alone when it is known. */
function mendingMarkup({ product }: Report, { verdict, mending }: ReportedAttack): Markup {
  if (verdict !== 'succeeded') return markup``
  const shown = product === undefined ? PRODUCTS : [product]
  const rows = shown.map(
    each => markup`<dt>Mend in ${PRODUCT_NAMES[each]}</dt><dd>${codeMarkup(mending[each])}</dd>\n`,
  )
  return markup`${rows}`
}

/** What stands in backticks is code. */
function codeMarkup(text: string): Markup {
  const parts = text
    .split('`')
    .map((part, at) => (at % 2 === 0 ? markup`${part}` : markup`<code>${part}</code>`))
  return markup`${parts}`
}
