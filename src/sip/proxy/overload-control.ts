/**
 * Overload control between neighbours (RFC 7339): parameters of the top Via. Who sends requests offers `oc`; who answers
 * fills in by how many of a hundred he wants fewer, for how long, and a number that grows, so that an old answer is
 * known. The loss-based scheme alone (§7).
 */
import { parseVia, type Via } from '../headers/via.ts'

/** What an overloaded server wants. */
export interface OverloadFeedback {
  /** Of a hundred requests so many are to be left out, 0 to 100. */
  readonly lossPercent: number
  /** Ms; 0: nothing is asked for. */
  readonly validityMs: number
  /** `oc-seq`: grows with each change. */
  readonly sequence: number
}

/** Put behind our own Via towards a neighbour (§4.1, §4.2). */
export const OFFER = ';oc;oc-algo="loss"'

/** Without `oc-validity` (§4.3). */
const DEFAULT_VALIDITY_MS = 500
/** A neighbour that asks for longer is asked again by what it answers meanwhile. */
const MAX_VALIDITY_MS = 10_000
const PARAMETERS: ReadonlySet<string> = new Set(['oc', 'oc-algo', 'oc-validity', 'oc-seq'])

/** Whether the sender of a request does overload control by loss: `oc` without value, and `loss` among its schemes. */
export function offersLoss(via: Via): boolean {
  if (via.params.get('oc') !== '') return false
  const schemes = (via.params.get('oc-algo') ?? '').replaceAll('"', '').split(',')
  return schemes.some(scheme => scheme.trim().toLowerCase() === 'loss')
}

/** A Via value without overload control, which is for one hop only (§5.6). */
export function withoutOverloadControl(text: string): string {
  const via = parseVia(text)
  const semicolon = text.indexOf(';')
  if (!via.ok || semicolon < 0) return text
  let out = text.slice(0, semicolon).trimEnd()
  for (const [name, value] of via.value.params.entries()) {
    if (!PARAMETERS.has(name.toLowerCase())) out += value === '' ? `;${name}` : `;${name}=${value}`
  }
  return out
}

/** What goes behind the top Via of a response (§5.2). */
export function printFeedback({ lossPercent, validityMs, sequence }: OverloadFeedback): string {
  return `;oc=${lossPercent};oc-algo="loss";oc-validity=${validityMs};oc-seq=${sequenceText(sequence)}`
}

/** What a neighbour's response says in our Via; undefined when it says nothing that we understand (§5.4). */
export function readFeedback({ params }: Via): OverloadFeedback | undefined {
  const loss = params.get('oc') ?? ''
  const scheme = (params.get('oc-algo') ?? '').replaceAll('"', '').trim().toLowerCase()
  const sequence = params.get('oc-seq') ?? ''
  const validity = params.get('oc-validity')
  if (!NUMBER.test(loss) || scheme !== 'loss' || !SEQUENCE.test(sequence)) return undefined
  if (validity !== undefined && !NUMBER.test(validity)) return undefined
  return {
    lossPercent: Math.min(100, Number(loss)),
    validityMs: Math.min(MAX_VALIDITY_MS, validity === undefined ? DEFAULT_VALIDITY_MS : Number(validity)),
    sequence: Number(sequence),
  }
}

/** `1*12DIGIT "." 1*5DIGIT` (§9). */
const SEQUENCE = /^\d{1,12}\.\d{1,5}$/
const NUMBER = /^\d{1,9}$/

/** @param sequence whole */
function sequenceText(sequence: number): string {
  return `${Math.floor(sequence / 1000)}.${String(sequence % 1000).padStart(3, '0')}`
}

/**
 * Whether a request is left out (§7.2): those that may be, first; the others only when leaving out all of those is not
 * enough.
 * @param isPreferred of a call that is up, or a call for help
 * @param draw 0 to 1, of equal chance
 */
export function isLeftOut(lossPercent: number, isPreferred: boolean, draw: number): boolean {
  if (isPreferred) return draw < (lossPercent - FIRST_PERCENT) / (100 - FIRST_PERCENT)
  return draw < lossPercent / FIRST_PERCENT
}

/** Of a hundred requests those that may be left out first, as §7.2 has it. */
const FIRST_PERCENT = 80
