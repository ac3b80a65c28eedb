import { bracketed } from '../../../src/base/flow.ts'
import { type Plan, placeCall } from '../traffic/call.ts'
import { DOMAIN, EDGE } from '../traffic/edge.ts'
import { writeResponse } from '../traffic/sip.ts'
import { type AttackClass, attack, CALLS, type Field, FLOOD, PROBES } from './field.ts'

const DOS = 'Table 1, DoS'
const REGISTRAR = `sip:${DOMAIN}`

/** Too much of something. */
export const FLOODS: readonly AttackClass[] = [
  attack(['F01', 'invite-flood', DOS], FLOOD, field => i => invite(field, i)),
  attack(['F02', 'invite-flood-of-many', DOS], { ...FLOOD, sources: 2000 }, field => i => invite(field, i)),
  attack(['F03', 'register-flood', '3.3 authentication load'], FLOOD, field => i => {
    const to = field.victim(i)
    const phone = field.stranger(i)
    const offered = {
      user: to.user,
      realm: DOMAIN,
      nonce: field.random.hex(40),
      uri: REGISTRAR,
      password: 'x',
      count: 1,
    }
    const wish = { uri: REGISTRAR, to, from: { uri: to.uri, tag: field.random.hex(6) } }
    field.edge.ask(
      phone,
      i % 2 === 0 ? phone.request('REGISTER', wish) : { ...phone.request('REGISTER', wish), offered },
    )
  }),
  attack(
    ['F03', 'register-flood-of-many', '3.3 authentication load'],
    { ...FLOOD, sources: 2000 },
    field => i => {
      const to = field.victim(i)
      field.send(i, 'REGISTER', { uri: REGISTRAR, to, from: { uri: to.uri, tag: field.random.hex(6) } })
    },
  ),
  attack(['F04', 'options-flood', DOS], FLOOD, field => i => {
    field.send(i, 'OPTIONS', { uri: `sip:${EDGE.ip}`, from: { uri: 'sip:x@192.0.2.3', tag: 'o' } })
  }),
  attack(['F04', 'unknown-method-flood', DOS], FLOOD, field => i => {
    field.send(i, `M${field.random.hex(4)}`, {
      uri: `sip:${DOMAIN}`,
      from: { uri: 'sip:x@192.0.2.3', tag: 'o' },
    })
  }),
  attack(['F05', 'response-flood', DOS], FLOOD, field => i => {
    const phone = field.stranger(i)
    const request = phone.request('INVITE', { uri: field.victim(i).uri })
    const via = `SIP/2.0/UDP ${EDGE.ip}:5060;branch=${request.branch}`
    field.edge.hear(phone, writeResponse(request, 200, { vias: [via], toTag: 'r' }), { isStray: true })
  }),
  attack(['F06', 'ack-flood', '3.3 ACK'], FLOOD, field => i => inNoDialog(field, i, 'ACK')),
  attack(['F06', 'bye-flood', '3.3 ACK'], FLOOD, field => i => inNoDialog(field, i, 'BYE')),
  attack(['F06', 'cancel-flood', '3.3 ACK'], FLOOD, field => i => {
    const { uri } = field.victim(i)
    field.send(i, 'CANCEL', { uri, from: { uri: field.victim(i + 1).uri, tag: field.random.hex(6) } })
  }),
  attack(
    ['F07', 'insider-flood', DOS],
    { high: [800, 2], medium: [600, 20], slow: [400, 200] },
    field => i => {
      field.run(
        placeCall(field.insider(i), field.victim(i).uri, { outcome: 'cancel', ringMs: 3000, talkMs: 0 }),
      )
    },
  ),
  attack(
    ['F08', 'low-rate-of-many', '4'],
    { high: [1200, 50], medium: [1200, 100], slow: [1200, 250], sources: 600, afterMinutes: 15 },
    field => i => invite(field, i),
  ),
  attack(
    ['F09', 'never-acknowledged', '3.3 ACK'],
    { high: [60, 250], medium: [40, 4000], slow: [40, 120_000] },
    field => i => {
      field.run(placeCall(field.insider(i), field.victim(i + 3).uri, { ...TALK, hasNoAck: true }))
    },
  ),
  attack(
    ['F10', 'left-ringing', DOS],
    { high: [300, 20], medium: [200, 1000], slow: [100, 20_000] },
    field => i => {
      const plan: Plan = { outcome: 'cancel', ringMs: 170_000, talkMs: 0 }
      field.run(placeCall(field.insider(i), field.victim(i + 3).uri, plan))
    },
  ),
  attack(['F11', 'fork-to-itself', '3.1 forking'], PROBES, field => i => {
    const phone = field.insider(i)
    field.run(
      phone.ask(
        phone.request('REGISTER', {
          uri: REGISTRAR,
          to: phone,
          contact: `<sip:${field.user(`a${i}`)}@${EDGE.ip}>, <sip:b${i}@${DOMAIN}>`,
        }),
      ),
    )
  }),
  attack(['F12', 'contacts-without-end', '3.1 forking'], PROBES, field => i => {
    const phone = field.insider(i)
    const contact = `<sip:${phone.user}@${bracketed(phone.at.ip)}:${10_000 + i}>`
    phone.at = { ip: phone.at.ip, port: 10_000 + i }
    field.run(phone.ask(phone.request('REGISTER', { uri: REGISTRAR, to: phone, contact })))
  }),
  attack(['F13', 'contact-of-a-victim', '3.1'], PROBES, field => i => {
    const phone = field.insider(i)
    const contact = `<sip:victim@198.51.100.${20 + (i % 200)}:5060>`
    field.run(phone.ask(phone.request('REGISTER', { uri: REGISTRAR, to: phone, contact })))
  }),
  attack(['F14', 'reflection', '3.3 401 once'], FLOOD, field => i => {
    // All of it seems to come from one address, which is the victim.
    const phone = field.stranger(0)
    const { uri } = field.victim(i)
    field.edge.ask(
      phone,
      phone.request('REGISTER', { uri: REGISTRAR, to: { uri }, from: { uri, tag: field.random.hex(6) } }),
    )
  }),
  attack(['F20', 'names-that-lead-nowhere', 'DNS'], PROBES, field => i => {
    const phone = field.insider(i)
    const uri = `sip:x@${field.random.hex(10)}.invalid`
    field.run(phone.ask(phone.request('INVITE', { uri, contact: phone.contact })))
  }),
  attack(['F21', 'datagrams-of-64-kb', DOS], PROBES, field => i => {
    field.send(i, 'MESSAGE', { uri: field.victim(i).uri, body: 'x'.repeat(60_000) })
  }),
  attack(
    ['F22', 'ban-induction', '3.1'],
    { high: [2000, 5], medium: [600, 100], slow: [200, 3000] },
    field => {
      const victim = field.target(0)
      return i => {
        const forger = field.forger(victim.at.ip)
        const request = victim.request('REGISTER', {
          uri: REGISTRAR,
          to: { uri: `sip:${3000 + i}@${DOMAIN}` },
        })
        const offered = {
          user: String(3000 + i),
          realm: DOMAIN,
          nonce: field.random.hex(40),
          uri: REGISTRAR,
          password: 'x',
          count: 1,
        }
        field.edge.ask(forger, { ...request, offered })
      }
    },
  ),
  attack(['F07', 'insider-options', DOS], CALLS, field => i => {
    const phone = field.insider(i)
    field.run(
      phone.ask(
        phone.request('SUBSCRIBE', { uri: field.uri(`nobody${i}`), headers: [['Event', 'presence']] }),
      ),
    )
  }),
]

const TALK = { outcome: 'answer', ringMs: 500, talkMs: 1000 } as const

function invite(field: Field, i: number): void {
  const { uri } = field.victim(i)
  field.send(i, 'INVITE', {
    uri,
    to: { uri },
    from: { uri: field.uri(`u${field.random.hex(5)}`), tag: field.random.hex(6) },
  })
}

function inNoDialog(field: Field, i: number, method: string): void {
  const { uri } = field.victim(i)
  const [from, to] = [field.victim(i + 1).uri, { uri, tag: field.random.hex(6) }]
  field.send(i, method, { uri, to, from: { uri: from, tag: field.random.hex(6) } })
}
