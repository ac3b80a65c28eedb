import { DOMAIN } from '../traffic/edge.ts'
import type { Phone, Steps } from '../traffic/phone.ts'
import type { Offered } from '../traffic/sip.ts'
import { type AttackClass, attack, type Field, FLOOD, GUESSES, PROBES, SCAN } from './field.ts'

const GUESSING = '3.3 brute force'
const REGISTRAR = `sip:${DOMAIN}`

/** Passwords, names and nonces tried. */
export const GUESSES_OF_ALL_KINDS: readonly AttackClass[] = [
  attack(['C01', 'one-user-one-source', GUESSING], GUESSES, field => {
    const { user } = field.target(1)
    return i => guess(field, i, user, `password${i}`)
  }),
  attack(
    ['C02', 'spraying', GUESSING],
    GUESSES,
    field => i => guess(field, i, field.target(i).user, 'Winter2030'),
  ),
  attack(
    ['C02', 'spraying-strangers-names', GUESSING],
    GUESSES,
    field => i => guess(field, i, `${1000 + i}`, `${1000 + i}`),
  ),
  attack(
    ['C03', 'one-user-many-sources', GUESSING],
    { high: [400, 50], medium: [200, 2000], slow: [200, 120_000], sources: 1000 },
    field => {
      const { user } = field.target(1)
      return i => guess(field, i, user, `password${i}`)
    },
  ),
  attack(
    ['C04', 'guess-a-minute', GUESSING],
    { high: [60, 60_000], medium: [60, 300_000], slow: [144, 600_000] },
    field => {
      const { user } = field.target(2)
      return i => guess(field, i, user, `password${i}`)
    },
  ),
  attack(['C04', 'guesses-by-call', GUESSING], GUESSES, field => {
    const { user } = field.target(2)
    return i => guess(field, i, user, `password${i}`, 'INVITE')
  }),
  attack(['C05', 'names-by-register', GUESSING], SCAN, field => i => {
    const uri = field.uri(String(1000 + i))
    field.send(i, 'REGISTER', { uri: REGISTRAR, to: { uri }, from: { uri, tag: field.random.hex(6) } })
  }),
  attack(['C06', 'nonce-replayed', 'Table 1, replay'], PROBES, field => {
    let kept: Offered | undefined
    const phone = field.insider(0)
    field.run(learn(phone, offered => (kept = offered)))
    return i => {
      if (kept === undefined) return
      const wish = { uri: REGISTRAR, to: phone, from: { uri: phone.uri, tag: 'r' }, contact: phone.contact }
      const sender = field.insider(i)
      field.edge.ask(sender, { ...sender.request('REGISTER', wish), offered: kept })
    }
  }),
  attack(['C06', 'capture-replayed-elsewhere', 'Table 1, replay'], PROBES, field => {
    let kept: Offered | undefined
    const victim = field.target(0)
    field.run(learn(victim, offered => (kept = offered)))
    return i => {
      if (kept === undefined) return
      const sender = field.stranger(i)
      const wish = {
        uri: REGISTRAR,
        to: victim,
        from: { uri: victim.uri, tag: 'r' },
        contact: sender.contact,
      }
      field.edge.ask(sender, { ...sender.request('REGISTER', wish), offered: kept })
    }
  }),
  attack(['C07', 'credentials-moved', '3.3 integrity'], PROBES, field => i => {
    const sender = field.insider(i)
    field.run(moved(sender, field, i))
  }),
  attack(['C08', 'downgrade', '3.3'], PROBES, field => i => {
    const sender = field.insider(i)
    field.run(offering(sender, { hasNoQop: true }))
  }),
  attack(['C12', 'another-ones-from', '3.3 user name and URI'], PROBES, field => i => {
    const sender = field.insider(i)
    const from = { uri: field.target(i + 1).uri, tag: field.random.hex(6) }
    field.run(sender.ask(sender.request('INVITE', { uri: field.victim(i + 2).uri, from })))
  }),
  attack(['C13', 'another-ones-binding', '3.3 user name and URI'], PROBES, field => i => {
    const sender = field.insider(i)
    const to = { uri: field.target(i + 1).uri }
    field.run(sender.ask(sender.request('REGISTER', { uri: REGISTRAR, to, contact: sender.contact })))
  }),
  attack(['C14', 'class-not-granted', '3.3 authorisation'], PROBES, field => i => {
    const sender = field.insider(i, 1)
    field.run(
      sender.ask(
        sender.request('INVITE', {
          uri: field.uri(`+1900${field.random.digits(7)}`),
          contact: sender.contact,
        }),
      ),
    )
  }),
  attack(['C15', 'forged-nonces', 'DoS'], FLOOD, field => i => {
    const phone = field.stranger(i)
    const to = field.victim(i)
    const offered = {
      user: to.user,
      realm: DOMAIN,
      nonce: field.random.hex(40),
      uri: REGISTRAR,
      password: 'x',
      count: 1,
    }
    field.edge.ask(phone, {
      ...phone.request('REGISTER', { uri: REGISTRAR, to, from: { uri: to.uri, tag: 'n' } }),
      offered,
    })
  }),
  attack(['C16', 'default-passwords', 'Table 1, phones'], GUESSES, field => i => {
    const user = String(100 + (i >> 1))
    guess(field, i, user, i % 2 === 0 ? user : '1234')
  }),
  attack(['G03', 'password-cracker', GUESSING], { ...GUESSES, isTool: true }, field => {
    const { user } = field.target(3)
    return i => guess(field, i, user, String(1000 + i))
  }),
]

/** Fetches a challenge, and answers it with a password that is guessed. */
function guess(field: Field, i: number, user: string, password: string, method = 'REGISTER'): void {
  field.run(guessing(field, field.stranger(i), user, password, method))
}

function* guessing(field: Field, phone: Phone, user: string, password: string, method: string): Steps {
  const name = { uri: field.uri(user), tag: field.random.hex(6) }
  const uri = method === 'REGISTER' ? REGISTRAR : `sip:reception@${DOMAIN}`
  const to = method === 'REGISTER' ? { uri: name.uri } : { uri }
  const request = phone.request(method, { uri, to, from: name, contact: phone.contact })
  const { nonce, tag } = field.edge.ask(phone, request)
  if (method === 'INVITE') field.edge.ask(phone, phone.ackOf(request, tag))
  yield 30
  const offered = { user, realm: DOMAIN, nonce, uri, password, count: 1 }
  const again = { ...request, branch: phone.branch(), cseq: request.cseq + 1, offered }
  const last = field.edge.ask(phone, again)
  if (method === 'INVITE') field.edge.ask(phone, phone.ackOf(again, last.tag))
}

/** Logs in, and keeps the credentials that were accepted. */
function* learn(phone: Phone, keep: (offered: Offered) => void): Steps {
  const first = phone.request('REGISTER', { uri: REGISTRAR, to: phone, contact: phone.contact })
  const { request } = yield* phone.ask(first)
  if (request.offered !== undefined) keep(request.offered)
}

/** Good credentials for one Request-URI in a request for another. */
function* moved(sender: Phone, field: Field, i: number): Steps {
  const request = sender.request('INVITE', { uri: field.victim(i).uri })
  const answer = yield* sender.send(request)
  const proven = sender.proven(request, answer.nonce)
  const uri = field.uri(`+1900${field.random.digits(7)}`)
  yield* sender.send({ ...proven, branch: sender.branch(), uri, to: { uri } })
}

function* offering(sender: Phone, change: Partial<Offered>): Steps {
  const request = sender.request('REGISTER', { uri: REGISTRAR, to: sender, contact: sender.contact })
  const { nonce } = yield* sender.send(request)
  const { offered, ...proven } = sender.proven(request, nonce)
  if (offered !== undefined) yield* sender.send({ ...proven, offered: { ...offered, ...change } })
}
