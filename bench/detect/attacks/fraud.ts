import { placeCall } from '../traffic/call.ts'
import { CARRIER, DOMAIN } from '../traffic/edge.ts'
import { Phone } from '../traffic/phone.ts'
import { type AttackClass, attack, CALLS, type Field } from './field.ts'

const ACCESS = '3.3 authorisation'
const SPAM = '3.3 spam calls'

/** What is done with an account that is good, or by a neighbour. */
export const FRAUD: readonly AttackClass[] = [
  attack(['G07', 'premium-burst', ACCESS], CALLS, field => i => {
    abroad(field, i, `+1900${field.random.digits(7)}`, 60_000)
  }),
  attack(['G07', 'satellite-numbers-in-a-row', ACCESS], CALLS, field => i => {
    abroad(field, i, `+88165012${String(100 + i).padStart(4, '0')}`, 240_000)
  }),
  attack(['G07', 'many-lands', ACCESS], CALLS, field => i => {
    abroad(field, i, `+${LANDS[i % LANDS.length]}${field.random.digits(8)}`, 90_000)
  }),
  attack(
    ['G08', 'one-ring', '4'],
    { high: [150, 200], medium: [100, 2000], slow: [80, 60_000] },
    field => i => {
      const plan = { outcome: 'cancel', ringMs: 1200, talkMs: 0 } as const
      const uri = `sip:0${30 + (i % 60)}${field.random.digits(7)}@${DOMAIN}`
      field.run(placeCall(field.insider(i, 5), uri, plan))
    },
  ),
  attack(
    ['G09', 'spam-calls', SPAM],
    { high: [150, 200], medium: [100, 2000], slow: [80, 60_000] },
    field => i => {
      const isAnswered = field.random.chance(0.25)
      const plan = isAnswered
        ? ({ outcome: 'answer', ringMs: 4000, talkMs: 5000, isEndedByCallee: true } as const)
        : ({
            outcome: field.random.chance(0.5) ? 'decline' : 'no-answer',
            ringMs: 20_000,
            talkMs: 0,
          } as const)
      field.run(
        placeCall(field.insider(i, 5), `sip:0${30 + (i % 60)}${field.random.digits(7)}@${DOMAIN}`, plan),
      )
    },
  ),
  attack(
    ['G09', 'spam-calls-by-neighbour', SPAM],
    { high: [300, 50], medium: [200, 500], slow: [120, 30_000] },
    field => i => {
      const account = {
        user: `+4420${field.random.digits(8)}`,
        password: '',
        mayCallAbroad: false,
        bindings: [],
      }
      const { edge, campaign } = field
      const caller = new Phone({ edge, campaign, at: CARRIER, account, dialect: { agent: 'Transit SBC 9' } })
      const plan = { outcome: 'answer', ringMs: 3000, talkMs: 3000, isEndedByCallee: true } as const
      field.run(placeCall(caller, field.victim(i).uri, plan))
    },
  ),
  attack(
    ['G10', 'message-spam', '3.3 spam'],
    { high: [200, 100], medium: [120, 1000], slow: [100, 30_000] },
    field => i => {
      const phone = field.insider(i, 5)
      const body = `Win now: http://prize.invalid/${i}`
      field.run(
        phone.ask({
          ...phone.request('MESSAGE', { uri: field.victim(i).uri, body }),
          bodyType: 'text/plain',
        }),
      )
    },
  ),
  attack(['G11', 'refer-fraud', '3.3 REFER'], CALLS, field => i => {
    const phone = field.insider(i, 1)
    const headers = [['Refer-To', `<sip:+1900${field.random.digits(7)}@${DOMAIN}>`]] as const
    field.run(
      phone.ask(phone.request('REFER', { uri: field.victim(i).uri, contact: phone.contact, headers })),
    )
  }),
  attack(['C14', 'rules-probed', ACCESS], CALLS, field => i => {
    const phone = field.insider(i, 1)
    const uri = field.uri(`+${LANDS[i % LANDS.length]}${field.random.digits(8)}`)
    field.run(phone.ask(phone.request('INVITE', { uri, contact: phone.contact })))
  }),
]

const LANDS = ['252', '881', '960', '675', '371', '216', '53', '224', '232', '509', '670', '247']

/** A call by a stolen account that may call abroad. */
function abroad(field: Field, i: number, number: string, talkMs: number): void {
  const caller = field.insider(i, 0)
  field.run(placeCall(caller, `sip:${number}@${DOMAIN}`, { outcome: 'answer', ringMs: 800, talkMs }))
}
