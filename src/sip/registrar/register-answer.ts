import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'
import type { Field } from '../message/write.ts'
import { type Binding, secondsLeft } from './binding.ts'
import { writeQ } from './contact.ts'
import { makeTemporaryGruu } from './gruu.ts'
import type { RegisterFacts } from './registrar-facts.ts'

/**
 * The header fields of a 200 to REGISTER: every binding with the time that it has left, and what RFC 3327 §5.3,
 * RFC 3608 §6.1 and RFC 5626 §6 add.
 */
export function okHeaders(
  request: SipRequest,
  bindings: readonly Binding[],
  answer: { readonly isOutbound: boolean; readonly path: readonly string[] },
  facts: RegisterFacts,
): readonly Field[] {
  const { policy } = facts
  const wantsGruus = bindings.some(hasGruu) && names(request, 'gruu')
  const headers: Field[] = []
  for (const binding of bindings) headers.push(['Contact', writeContact(binding, wantsGruus, facts)])
  for (const value of answer.path) headers.push(['Path', value])
  for (const value of policy.serviceRoute) headers.push(['Service-Route', value])
  if (answer.isOutbound && names(request, 'outbound')) {
    headers.push(['Require', 'outbound'])
    const isDirect = answer.path.length === 0
    if (isDirect && policy.flowTimerSeconds !== undefined) {
      headers.push(['Flow-Timer', String(policy.flowTimerSeconds)])
    }
  }
  headers.push(['Date', dateOf(facts.nowMs)])
  return headers
}

function hasGruu(binding: Binding): boolean {
  return binding.pubGruu !== undefined
}

/** Whether a client knows an extension or wants it known. */
function names(request: SipRequest, tag: string): boolean {
  return request.lists(H.supported, tag) || request.lists(H.require, tag)
}

let dateSecond = -1
let dateText = ''

/** The text of a second, made once: 0.4 µs each. */
function dateOf(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = new Date(nowMs).toUTCString()
  }
  return dateText
}

function writeContact(binding: Binding, wantsGruus: boolean, facts: RegisterFacts): string {
  let out = `<${binding.contact}>;expires=${secondsLeft(binding, facts.nowMs)}`
  if (binding.q !== 1000) out += `;q=${writeQ(binding.q)}`
  if (binding.instance !== undefined) out += `;+sip.instance="<${binding.instance}>"`
  if (binding.regId !== undefined) out += `;reg-id=${binding.regId}`
  return wantsGruus ? out + gruuParams(binding, facts) : out
}

/** RFC 5627 §5.2: the public GRUU and a temporary one, new in each answer. */
function gruuParams(binding: Binding, facts: RegisterFacts): string {
  const { aor, instance, pubGruu, tempGruuEpoch } = binding
  if (instance === undefined || pubGruu === undefined || tempGruuEpoch === undefined) return ''
  const scheme = pubGruu.startsWith('sips:') ? 'sips' : 'sip'
  const temporary = makeTemporaryGruu(
    { aor, instance, epoch: tempGruuEpoch },
    facts.gruuKeys,
    facts.random,
    scheme,
  )
  return `;pub-gruu="${pubGruu}"${temporary === undefined ? '' : `;temp-gruu="${temporary}"`}`
}
