import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { masquerade } from './masquerade.ts'

const STRANGER = '198.51.100.7'
const OFFICE = '192.0.2.1'

/** Users that somebody logged in to, elsewhere. */
function knows(trace: Trace, ...users: readonly string[]): void {
  for (const user of users) trace.logsIn(OFFICE, user)
}

const from = (user: string) => ({ from: `sip:${user}@example.test` })

tryDetector(masquerade, {
  alarm: [
    {
      name: 'C12 D01: good credentials, and From of three others',
      subject: `source:${OFFICE}`,
      trace: trace => {
        knows(trace, 'mallory')
        for (const user of ['alice', 'bob', 'carol']) trace.asks(OFFICE, from(user), 403, 'from-not-yours')
      },
    },
    {
      name: 'C12: the same, where no reason is known',
      subject: `source:${STRANGER}`,
      trace: trace => {
        knows(trace, 'alice', 'bob', 'carol')
        for (const user of ['alice', 'bob', 'carol']) trace.asks(STRANGER, from(user), 403)
      },
    },
    {
      name: 'C12, evasion: addresses of one network take turns',
      subject: 'prefix:198.51.100.0/24',
      trace: trace => {
        const users = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']
        knows(trace, ...users)
        for (const [n, user] of users.entries())
          trace.asks(`198.51.100.${n}`, from(user), 403, 'from-not-yours')
      },
    },
    {
      name: 'D01: a stranger asks in the name of five users',
      subject: `source:${STRANGER}`,
      isSpoofable: true,
      trace: trace => {
        const users = ['alice', 'bob', 'carol', 'dave', 'erin']
        knows(trace, ...users)
        for (const user of users) trace.asks(STRANGER, from(user), 407)
      },
    },
    {
      name: 'D01: the address of a user as display name of another',
      subject: `source:${STRANGER}`,
      trace: trace => {
        knows(trace, 'chief')
        trace.asks(STRANGER, { from: 'sip:x@other.test', fromName: '"CHIEF@example.test" ' }, 407)
      },
    },
    {
      name: 'D01: a neighbour brings one who does',
      subject: 'trunk:carrier',
      trace: trace => {
        knows(trace, 'chief')
        trace.call(TRUNK_IP, { from: 'sip:+442079460123@carrier.example', fromName: '"chief@example.test" ' })
      },
    },
    {
      name: 'D01: another number as name for each call',
      subject: `source:${STRANGER}`,
      trace: trace => {
        for (let n = 0; n < 6; n += 1)
          trace.asks(STRANGER, { ...from('x'), fromName: `"+44 20 7946 0${100 + n}" ` }, 407)
      },
    },
  ],
  quiet: [
    {
      name: 'people and their own names, addresses and numbers',
      trace: trace => {
        knows(trace, 'alice', 'bob')
        for (let n = 0; n < 50; n += 1) {
          trace.call(OFFICE, { ...from('alice'), fromName: '"alice@example.test" ' })
          trace.call(OFFICE, { ...from('bob'), fromName: '"Bob O\'Brien" ' })
          trace.call(OFFICE, { ...from(`0207946${1000 + n}`), fromName: `"+44 207946${1000 + n}" ` })
          trace.call(TRUNK_IP, {
            from: `sip:+44207946${1000 + n}@carrier.example`,
            fromName: `"0170555${1000 + n}" `,
          })
        }
      },
    },
    {
      name: 'F24: phones behind one address that are challenged, and one with the wrong From',
      trace: trace => {
        const users = Array.from({ length: 40 }, (_, n) => `u${n}`)
        for (const user of users) {
          trace.asks(OFFICE, { method: 'REGISTER', uri: 'sip:example.test', ...from(user) }, 401)
          trace.logsIn(OFFICE, user)
          trace.asks(OFFICE, from(user), 407)
        }
        for (let n = 0; n < 20; n += 1) trace.asks(OFFICE, from('typo'), 403, 'from-not-yours')
      },
    },
  ],
})
