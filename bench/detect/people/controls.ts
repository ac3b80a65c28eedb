import { placeCall } from '../traffic/call.ts'
import type { Edge } from '../traffic/edge.ts'
import { begin, Phone, type Steps } from '../traffic/phone.ts'
import { live, planOf, trunkPhone } from './lives.ts'
import { registerAll, settle, type TownPlan, times } from './town.ts'

/** Something that looks like an attack and is none: nobody may be barred for it. */
export interface Control {
  /** Id in the catalogue of attacks, or '' for one of our own. */
  readonly id: string
  readonly what: string
  /** Honest at heart, and still worth a word to the operator. */
  readonly mayBeTold: boolean
  begin(edge: Edge): void
}

const MINUTE_MS = 60_000

export const CONTROLS: readonly Control[] = [
  {
    id: 'B07',
    what: 'users named like SQL and with apostrophes call each other',
    mayBeTold: false,
    begin: edge => lived(edge, { homes: 60, offices: [], mobiles: 0 }),
  },
  {
    id: 'F23',
    what: '10,000 phones register within a minute, up to three tries each',
    mayBeTold: false,
    begin: edge => {
      const { phones } = settle(edge, { homes: 8000, offices: [1000, 1000], mobiles: 0 })
      for (const phone of phones) phone.loss = 0.3
      registerAll(phones, MINUTE_MS)
    },
  },
  {
    id: 'F24',
    what: '1,000 phones behind one address: 50 registrations and 20 calls a second',
    mayBeTold: false,
    begin: edge => {
      const town = settle(edge, { homes: 0, offices: [1000], mobiles: 0 })
      registerAll(town.phones, 20_000)
      edge.agenda.after(21_000, () => {
        times(2400, at =>
          edge.agenda.after(at * 50, () => {
            const [one, other] = [edge.random.pick(town.phones), edge.random.pick(town.phones)]
            begin(edge.agenda, placeCall(one, other.uri, planOf(edge.random)))
          }),
        )
      })
    },
  },
  {
    id: 'F25',
    what: 'a dialler of a trunk: 10 calls a second for 20 minutes',
    mayBeTold: false,
    begin: edge => {
      const town = settle(edge, { homes: 400, offices: [], mobiles: 0 })
      registerAll(town.phones, MINUTE_MS)
      times(12_000, at =>
        edge.agenda.after(2 * MINUTE_MS + at * 100, () => {
          const caller = trunkPhone(town, `+4930${edge.random.digits(7)}`)
          begin(edge.agenda, placeCall(caller, edge.random.pick(town.phones).uri, planOf(edge.random)))
        }),
      )
    },
  },
  {
    id: '',
    what: 'new passwords for 300 users: each mistypes up to three times, some time in a morning',
    mayBeTold: false,
    begin: edge => {
      const { phones } = settle(edge, { homes: 200, offices: [100], mobiles: 0 })
      for (const phone of phones) {
        edge.agenda.after(edge.random.between(0, 4 * 60 * MINUTE_MS), () =>
          begin(edge.agenda, mistyping(phone)),
        )
      }
    },
  },
  {
    id: '',
    what: 'a phone whose password was changed tries the old one every half hour for a day',
    mayBeTold: true,
    begin: edge => {
      const { homes } = settle(edge, { homes: 5, offices: [], mobiles: 0 })
      for (const phone of homes) begin(edge.agenda, forgotten(phone))
    },
  },
]

function lived(edge: Edge, plan: TownPlan): void {
  const town = settle(edge, plan)
  const untilMs = edge.agenda.nowMs + 120 * MINUTE_MS
  live(town, { untilMs, callsPerDay: 200, registerSeconds: 600 })
}

function* mistyping(phone: Phone): Steps {
  const tries = phone.random.below(4)
  for (let i = 0; i < tries; i += 1) {
    yield* phone.register(600, 'mistyped')
    yield phone.random.between(5000, 40_000)
  }
  yield* phone.register()
}

function* forgotten({ edge, at, dialect, account, random }: Phone): Steps {
  const second = new Phone({ edge, at: { ...at, port: at.port + 7 }, dialect, account })
  for (let i = 0; i < 48; i += 1) {
    yield* second.register(900, 'of last year')
    yield random.between(1_700_000, 1_900_000)
  }
}
