import type { Address } from '../../../src/base/flow.ts'
import type { Account, Edge } from '../traffic/edge.ts'
import { begin, Phone } from '../traffic/phone.ts'
import { DIALECTS } from './dialects.ts'

/** How many honest phones there are. */
export interface TownPlan {
  /** One phone at an address of its own. */
  readonly homes: number
  /** Phones behind one address each. */
  readonly offices: readonly number[]
  readonly mobiles: number
}

export interface Town {
  readonly edge: Edge
  readonly homes: readonly Phone[]
  readonly offices: readonly (readonly Phone[])[]
  readonly mobiles: readonly Phone[]
  /** All of them. */
  readonly phones: readonly Phone[]
}

/** Builds the phones and their accounts; nobody is registered yet. @param first number of the first user */
export function settle(edge: Edge, plan: TownPlan, first = 0): Town {
  let next = first
  const make = (at: Address, inner: Address): Phone => {
    const account = accountOf(edge, next)
    next += 1
    const transport = edge.random.chance(0.1) ? 'tcp' : 'udp'
    return new Phone({ edge, at, inner, dialect: edge.random.pick(DIALECTS), account, transport })
  }
  const homes = times(plan.homes, () => {
    const port = 5060 + edge.random.below(3)
    return make({ ip: homeIp(next), port }, { ip: `192.168.1.${20 + (next % 200)}`, port: 5060 })
  })
  const offices = plan.offices.map((size, office) =>
    times(size, desk =>
      make(
        { ip: `192.0.2.${10 + office}`, port: 20_000 + desk },
        { ip: `10.${office}.${desk >> 8}.${desk & 255}`, port: 5060 },
      ),
    ),
  )
  const mobiles = times(plan.mobiles, () =>
    make(mobileAddress(edge), { ip: `10.200.${(next >> 8) & 255}.${next & 255}`, port: 5060 }),
  )
  return { edge, homes, offices, mobiles, phones: [...homes, ...offices.flat(), ...mobiles] }
}

/** Puts every phone's binding in place without traffic. */
export function registerSilently(town: Town): void {
  for (const phone of town.phones) if (phone.account !== undefined) phone.account.bindings = [phone]
}

/** Every phone registers within a time. */
export function registerAll(phones: readonly Phone[], withinMs: number): void {
  for (const phone of phones) {
    phone.edge.agenda.after(phone.random.between(0, withinMs), () =>
      begin(phone.edge.agenda, phone.register()),
    )
  }
}

/** A mobile network hands out addresses from pools. */
export function mobileAddress({ random }: Edge): Address {
  return { ip: `100.64.${random.below(8)}.${1 + random.below(250)}`, port: 1024 + random.below(60_000) }
}

function accountOf(edge: Edge, number: number): Account {
  const { random } = edge
  const names = [`user${number}`, String(20_000 + number), `${random.pick(NAMES)}.${number}`]
  const user = random.pick(names)
  const account = { user, password: random.hex(12), mayCallAbroad: number % 5 === 0, bindings: [] }
  edge.accounts.set(user, account)
  return account
}

/** Some of them look like what an attacker would send. */
const NAMES = ['alice', 'bob', "o'brien", 'select', 'drop', 'union', 'admin', 'jose', 'a--b', 'guest']

function homeIp(number: number): string {
  return `198.18.${(number >> 8) & 255}.${number & 255}`
}

export function times<T>(count: number, make: (at: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}
