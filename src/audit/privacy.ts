import type { Agent } from './agent.ts'
import { type Attack, attack, type Mending } from './attack.ts'
import type { Heard } from './heard.ts'
import { answered, reach } from './reach.ts'
import { sdp } from './saying.ts'

/** A caller asks for a kind of privacy, and a callee looks for what still shows. */
export interface PrivacyWish {
  readonly id: string
  readonly title: string
  readonly threats: readonly [string, ...string[]]
  readonly clause: string
  readonly references: readonly [string, ...string[]]
  readonly expected: string
  readonly mending: Mending
  /** Lines of each call that is tried, with a name for each. */
  readonly forms: Readonly<Record<string, (caller: Agent) => readonly string[]>>
  /** What shows of the caller: fields as they came. */
  shown(invite: Heard, caller: Agent): readonly string[]
}

/** The wish is critical to the caller, and a server that cannot meet it must refuse (RFC 3323 §5). */
export function critical(value: string, lines: readonly string[] = []): PrivacyWish['forms'] {
  return {
    [`Privacy: ${value};critical`]: () => [`Privacy: ${value};critical`, ...lines],
    'the same with Proxy-Require: privacy': () => [
      `Privacy: ${value};critical`,
      'Proxy-Require: privacy',
      ...lines,
    ],
  }
}

/** Calls plainly first, so that a call that does not ring says something; then with the wish in each form. */
export function privacyLeak(wish: PrivacyWish): Attack {
  const { forms } = wish
  return attack({
    id: wish.id,
    entry: 'D10',
    title: wish.title,
    threats: wish.threats,
    clause: wish.clause,
    references: wish.references,
    severity: 'medium',
    isIntrusive: false,
    maxMessages: 60,
    needs: ['two-accounts'],
    expected: wish.expected,
    mending: wish.mending,
    async run(trial) {
      const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
      const saying = { method: 'INVITE', uri: bob.aor, body: sdp(alice.line.local.ip) }
      const plain = await reach(alice, bob, saying)
      if (plain.request === undefined)
        return trial.inconclusive(`a call without a wish did not ring: ${answered(plain.answer)}`)
      const seen: string[] = []
      const leaks: string[] = []
      for (const [name, lines] of Object.entries(forms)) {
        const { answer, request } = await reach(alice, bob, { ...saying, lines: lines(alice) })
        const shown = request === undefined ? [] : wish.shown(request, alice)
        if (shown.length > 0) leaks.push(`${name} rang with ${shown.length} of them, ${cut(shown[0])} first`)
        else if (request !== undefined) seen.push(`${name} rang and showed nothing`)
        else if (answer.status >= 300) seen.push(`${name} was refused with ${answered(answer)}`)
        else return trial.inconclusive(`${name} got no answer`)
      }
      const counts = { tried: Object.keys(forms).length, leaked: leaks.length }
      if (leaks.length > 0) return trial.succeeded(leaks.join('; '), counts)
      return trial.resisted(seen.join('; '), counts)
    },
  })
}

/** Fields of those names in which one of the words stands. */
export function fieldsWith(
  heard: Heard,
  names: readonly string[],
  words: readonly string[],
): readonly string[] {
  return names.flatMap(name =>
    heard
      .all(name)
      .filter(value => words.some(word => value.toLowerCase().includes(word.toLowerCase())))
      .map(value => `${name}: ${value}`),
  )
}

function cut(text = ''): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** Who hides callers, in each server. */
export const PRIVACY_MENDING: Mending = {
  aspis:
    'Calls whose privacy is critical are refused by default (500), since Aspis hides no addresses; a B2BUA behind `next-hop` can.',
  kamailio:
    'Hide Via, Contact and Call-ID with the `topos` or `topoh` module; refuse `critical` otherwise with 500.',
  opensips: 'Hide Via, Contact and Call-ID by `topology_hiding()`; refuse `critical` otherwise with 500.',
  asterisk:
    'It makes calls of its own; `direct_media=no` keeps media on it, `send_pai=no` and `send_rpid=no` the identity.',
}
