import { type Leg, placeCall } from '../traffic/call.ts'
import { DOMAIN, EDGE } from '../traffic/edge.ts'
import type { Phone, Steps } from '../traffic/phone.ts'
import { type Request, sdpOf, viaOf, writeResponse } from '../traffic/sip.ts'
import { type AttackClass, attack, type Field, PROBES, STRIKES } from './field.ts'

const SPOOF = 'Table 1, spoofing'
const HIJACK = '3.1 hijacking'

/** Attacks on calls and registrations of others. */
export const DIALOGS: readonly AttackClass[] = [
  attack(['E01', 'spoofed-bye', SPOOF], STRIKES, field => i => strike(field, i, 'BYE')),
  attack(
    ['E01', 'spoofed-bye-as-callee', SPOOF],
    STRIKES,
    field => i => strike(field, i, 'BYE', { isAsCallee: true }),
  ),
  attack(['E02', 'spoofed-cancel', SPOOF], STRIKES, field => i => field.run(cancelled(field, i))),
  attack(['E02', 'cancel-of-guessed-calls', SPOOF], PROBES, field => i => {
    field.send(i, 'CANCEL', {
      uri: field.victim(i).uri,
      to: field.victim(i),
      from: { uri: field.victim(i + 1).uri, tag: 'c' },
    })
  }),
  attack(['E03', 'media-theft', HIJACK], STRIKES, field => i => {
    const { ip } = field.stranger(i).at
    strike(field, i, 'INVITE', { body: sdpOf(ip, 40_000, 9) })
  }),
  attack(['E03', 'media-theft-by-update', HIJACK], STRIKES, field => i => {
    const { ip } = field.stranger(i).at
    strike(field, i, 'UPDATE', { body: sdpOf(ip, 40_000, 9) })
  }),
  attack(['E04', 'manipulated-ack', '3.3 ACK'], STRIKES, field => i => {
    const { ip } = field.stranger(i).at
    strike(field, i, 'ACK', { body: sdpOf(ip, 40_000, 9) })
  }),
  attack(['E05', 'forged-responses', SPOOF], STRIKES, field => i => respondFalsely(field, i, 503)),
  attack(['E06', 'forged-redirection', '3.1'], STRIKES, field => i => respondFalsely(field, i, 302)),
  attack(['E07', 'tags-guessed', '3.1'], PROBES, field => i => {
    strike(field, i, 'BYE', { tag: field.random.hex(8) })
  }),
  attack(['E07', 'calls-guessed', '3.1'], PROBES, field => i => {
    const [one, other] = [field.victim(i), field.victim(i + 1)]
    field.send(i, 'BYE', {
      uri: one.uri,
      from: { uri: other.uri, tag: field.random.hex(8) },
      to: { uri: one.uri, tag: field.random.hex(8) },
    })
  }),
  attack(['E08', 'false-notifications', 'Table 1, phones'], PROBES, field => i => {
    const to = field.target(i)
    const headers = [
      ['Event', i % 2 === 0 ? 'check-sync;reboot=true' : 'message-summary'],
      ['Subscription-State', 'active'],
    ] as const
    field.send(i, 'NOTIFY', { uri: to.uri, to, from: { uri: to.uri, tag: 'n' }, headers })
  }),
  attack(
    ['E09', 'contacts-swapped', HIJACK],
    { high: [30, 500], medium: [20, 20_000], slow: [20, 900_000] },
    field => i => {
      // With the password that was guessed, one account after another rings at the attacker's.
      field.run(field.insider(i, i).register())
    },
  ),
  attack(
    ['E09', 'one-account-wanders', HIJACK],
    { high: [40, 500], medium: [30, 5000], slow: [30, 300_000], sources: 20 },
    field => i => {
      field.run(field.insider(i, 1).register())
    },
  ),
  attack(
    ['E10', 'bindings-removed', '3.1'],
    { high: [30, 500], medium: [20, 20_000], slow: [20, 900_000] },
    field => i => {
      const phone = field.insider(i, i)
      const wish = { uri: `sip:${DOMAIN}`, to: phone, contact: '*', headers: [['Expires', '0']] as const }
      field.run(phone.ask(phone.request('REGISTER', wish)))
    },
  ),
  attack(['E10', 'bindings-removed-without-password', '3.1'], PROBES, field => i => {
    const to = field.target(i)
    const wish = {
      uri: `sip:${DOMAIN}`,
      to,
      from: { uri: to.uri, tag: 'd' },
      contact: '*',
      headers: [['Expires', '0']] as const,
    }
    field.send(i, 'REGISTER', wish)
  }),
  attack(['E11', 'call-replayed', 'Table 1, replay'], STRIKES, field => i => field.run(replayed(field, i))),
  attack(['E13', 'relay-by-route', '3.1'], PROBES, field => i => {
    const headers = [['Route', `<sip:${EDGE.ip};lr>, <sip:10.0.0.${i % 250};lr>`]] as const
    const { uri } = field.victim(i)
    field.send(i, 'INVITE', { uri, to: { uri }, headers })
  }),
  attack(['E14', 'merged-requests', '3.1 forking'], { ...PROBES, slow: [60, 15_000] }, field => {
    const sender = field.insider(0)
    const first = sender.request('INVITE', { uri: field.target(2).uri, contact: sender.contact })
    return i => {
      const phone = field.insider(i)
      field.edge.ask(phone, { ...first, branch: phone.branch() })
    }
  }),
]

interface Strike {
  readonly body?: string
  readonly isAsCallee?: boolean
  readonly tag?: string
}

/** A request inside of a call of others, by one who overheard it. */
function strike(field: Field, i: number, method: string, what: Strike = {}): void {
  field.run(
    overheard(field, i, (leg, caller) => {
      const { invite, calleeTag } = leg
      const [from, to] = [invite.from, { ...invite.to, tag: what.tag ?? calleeTag }]
      const [sender, other] = what.isAsCallee === true ? [to, from] : [from, to]
      const phone = field.stranger(i)
      const request: Request = {
        ...phone.request(method, { uri: other.uri }),
        ...{ callId: invite.callId, from: sender, to: other, cseq: invite.cseq + 5 },
        headers: [['Route', `<sip:t-${invite.callId.slice(0, 12)}@${EDGE.ip};lr>`]],
        body: what.body ?? '',
      }
      field.targets.add(caller.user)
      field.edge.ask(phone, request)
    }),
  )
}

/** Two of the town talk, and an attacker knows all of it. */
function* overheard(field: Field, i: number, act: (leg: Leg, caller: Phone) => void): Steps {
  const [caller, callee] = [field.target(2 * i), field.target(2 * i + 1)]
  ready(caller, callee)
  const onAnswered = (leg: Leg): void => field.agenda.after(1500, () => act(leg, caller))
  yield* placeCall(caller, callee.uri, { outcome: 'answer', ringMs: 500, talkMs: 6000, onAnswered })
}

function* cancelled(field: Field, i: number): Steps {
  const [caller, callee] = [field.target(2 * i), field.target(2 * i + 1)]
  ready(caller, callee)
  const onRinging = ({ invite }: Leg): void => {
    const { uri, branch, callId, cseq, from, to } = invite
    const cancel = { method: 'CANCEL', uri, branch, callId, cseq, from, to }
    field.agenda.after(1000, () => field.edge.ask(field.stranger(i), cancel))
  }
  yield* placeCall(caller, callee.uri, { outcome: 'answer', ringMs: 4000, talkMs: 5000, onRinging })
}

/** A response to the edge's own request from who never got it. */
function respondFalsely(field: Field, i: number, status: number): void {
  const [caller, callee] = [field.target(2 * i), field.target(2 * i + 1)]
  ready(caller, callee)
  const onRinging = (leg: Leg): void => {
    const vias = [viaOf('udp', EDGE, leg.branch)]
    const headers = status === 302 ? ([['Contact', '<sip:thief@192.0.2.66>']] as const) : []
    const text = writeResponse(leg.invite, status, { vias, headers, toTag: field.random.hex(8) })
    field.agenda.after(1000, () =>
      field.edge.hear(field.stranger(i), text, { isStray: true, isFromAnother: true }),
    )
  }
  field.run(placeCall(caller, callee.uri, { outcome: 'answer', ringMs: 4000, talkMs: 5000, onRinging }))
}

/** Every message of a caller once more, from another place. */
function* replayed(field: Field, i: number): Steps {
  const [caller, callee] = [field.target(2 * i), field.target(2 * i + 1)]
  ready(caller, callee)
  let heard: Leg | undefined
  const onAnswered = (leg: Leg): void => {
    heard = leg
  }
  yield* placeCall(caller, callee.uri, { outcome: 'answer', ringMs: 500, talkMs: 2000, onAnswered })
  if (heard === undefined) return
  const { invite, calleeTag } = heard
  const to = { ...invite.to, tag: calleeTag }
  yield 2000
  for (const request of [
    invite,
    { ...invite, method: 'ACK', to },
    { ...invite, method: 'BYE', to, cseq: invite.cseq + 1 },
  ]) {
    field.edge.ask(field.stranger(i), { ...request, branch: `${request.branch}r` })
    yield 300
  }
}

/** Whom nobody can ring cannot be talked to. */
function ready(...phones: readonly Phone[]): void {
  for (const phone of phones) {
    if (phone.account !== undefined && phone.account.bindings.length === 0) phone.account.bindings = [phone]
  }
}
