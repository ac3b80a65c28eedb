import { type Markup, markup } from './markup.ts'
import { readable } from './plain.ts'
import type { ReportedAttack, ReportedRung } from './report.ts'

/** Lanes of people beside the target's; who comes later shares the last one. */
const MAX_PEOPLE = 6

/** Most lanes of a ladder: the style sheet knows as many. */
export const MAX_LANES = MAX_PEOPLE + 1

/** The messages of an attack as a sequence diagram: one row each, opened to read the whole message. */
export function ladderMarkup({ ladder }: ReportedAttack): Markup {
  if (ladder.rungs.length === 0) return markup``
  const lanes = new Lanes(ladder.rungs)
  const omitted =
    ladder.omitted === 0
      ? markup``
      : markup`<p class="note">${ladder.omitted} messages between the first and the last ones are left out.</p>`
  return markup`<section class="ladder"><h4>Messages</h4>
<div class="names lanes n${lanes.count}" aria-hidden="true">${lanes.names.map(name => markup`<span>${name}</span>`)}</div>
<ol>${ladder.rungs.map(rung => rungMarkup(rung, lanes))}</ol>${omitted}</section>`
}

class Lanes {
  readonly #people: readonly string[]
  /** The first one calls: the target stands beside it, the others beyond. */
  readonly target: number

  constructor(rungs: readonly ReportedRung[]) {
    this.#people = [...new Set(rungs.map(({ who }) => who))]
    this.target = 1
  }

  get count(): number {
    return Math.min(this.#people.length, MAX_PEOPLE) + 1
  }

  get names(): readonly string[] {
    const [first = '', ...others] = this.#people
    const shown = others.length < MAX_PEOPLE ? others : [...others.slice(0, MAX_PEOPLE - 2), 'others']
    return [first, 'target', ...shown]
  }

  of(who: string): number {
    const at = Math.min(this.#people.indexOf(who), MAX_PEOPLE - 1)
    return at < this.target ? at : at + 1
  }
}

function rungMarkup(rung: ReportedRung, lanes: Lanes): Markup {
  const { who, isSent, transport, local, remote, octets, atMs } = rung
  const text = readable(rung.text)
  const at = lanes.of(who)
  const [from, to] = at < lanes.target ? [at, lanes.target] : [lanes.target, at]
  const direction = isSent === at < lanes.target ? 'right' : 'left'
  const cut =
    octets > rung.text.length
      ? markup`<p class="note">${rung.text.length} of ${octets} octets.</p>`
      : markup``
  const [start = ''] = text.split('\n', 1)
  const places = isSent
    ? `${local.ip}:${local.port} to ${remote.ip}:${remote.port}`
    : `${remote.ip}:${remote.port} to ${local.ip}:${local.port}`
  return markup`<li><details><summary><span class="at">${atMs.toFixed(0)} ms</span><span class="lanes n${lanes.count}" aria-hidden="true"><i class="arrow ${direction} f${from + 1} t${to + 2}"></i></span><span class="said"><b>${isSent ? `${who} → target` : `target → ${who}`}</b> <code>${start.slice(0, 160)}</code></span></summary>
<p class="note">${transport} ${places}</p><pre>${text}</pre>${cut}</details></li>`
}
