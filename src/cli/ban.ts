import { buildCommand, buildRouteMap } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { readDuration } from '../server/config/values.ts'
import { explained, printable, remaining } from '../server/detect/explained.ts'
import type { Explanation, Order } from '../server/detect/responses.ts'
import { askAdmin } from './admin-client.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print, table, tell } from './context.ts'
import { formatFlag } from './user-list.ts'

const MAX_BAN_SECONDS = 365 * 86_400

interface Flags extends ConfigFlags {
  readonly format: 'text' | 'json'
}

interface AddFlags extends Flags {
  readonly for: number
  readonly reason: string
}

interface Orders {
  readonly orders: readonly Order[]
  readonly wouldBe: readonly Order[]
}

const about = (placeholder: string) =>
  ({
    kind: 'tuple',
    parameters: [{ brief: 'Address, network or account', parse: String, placeholder }],
  }) as const

/** `aspis ban list` */
const banList = buildCommand<Flags, [], CliContext>({
  async func(flags) {
    const { body } = await askAdmin(openConfiguration(this, flags), 'GET', '/detection/orders')
    const { orders, wouldBe } = asAnswer<Orders>(body, 'orders')
    if (flags.format === 'json') return show(this, JSON.stringify({ orders, wouldBe }, undefined, 2))
    const nowMs = Date.now()
    const row = (order: Order, isReal: boolean): string[] => [
      order.subject.name,
      `${isReal ? '' : 'would '}${order.action}${order.isForUnproved ? ' (unproved only)' : ''}`,
      remaining(order.endsMs - nowMs),
      order.by,
      order.why,
    ]
    const rows = [...orders.map(order => row(order, true)), ...wouldBe.map(order => row(order, false))]
    if (rows.length === 0) return tell(this, 'nothing is ordered against anybody')
    show(this, table(['ABOUT', 'ACTION', 'ENDS IN', 'BY', 'WHY'], rows))
  },
  parameters: { flags: { config: configFlag, format: formatFlag() }, aliases: { c: 'config' } },
  docs: {
    brief: 'What is ordered against whom, and until when',
    fullDescription:
      'Lists bans and milder orders in force, and what would be if detectors were not told to watch only.\n\nExample:\n  aspis ban list --format json',
  },
})

/** `aspis ban why` */
const banWhy = buildCommand<Flags, [string], CliContext>({
  async func(flags, subject) {
    const path = `/detection/why?about=${encodeURIComponent(subject)}`
    const { body } = await askAdmin(openConfiguration(this, flags), 'GET', path)
    const explanation = asAnswer<Explanation>(body, 'subject')
    show(
      this,
      flags.format === 'json'
        ? JSON.stringify(explanation, undefined, 2)
        : explained(explanation, Date.now()),
    )
  },
  parameters: {
    flags: { config: configFlag, format: formatFlag() },
    aliases: { c: 'config' },
    positional: about('ip|account'),
  },
  docs: {
    brief: 'Why somebody is banned, or is not',
    fullDescription:
      'Says what was found about an address, a network or an account, on what evidence, what follows from it or why nothing does, and when it ends.\n\nExample:\n  aspis ban why 192.0.2.7',
  },
})

/** `aspis ban add` */
const banAdd = buildCommand<AddFlags, [string], CliContext>({
  async func(flags, network) {
    const body = { network, seconds: flags.for, reason: flags.reason }
    const answer = await askAdmin(openConfiguration(this, flags), 'POST', '/detection/bans', body)
    const order = asAnswer<Order>(answer.body, 'endsMs')
    if (flags.format === 'json') return show(this, JSON.stringify(order, undefined, 2))
    show(this, `${order.subject.name} is banned for ${remaining(order.endsMs - Date.now())}`)
  },
  parameters: {
    flags: {
      config: configFlag,
      for: {
        kind: 'parsed',
        parse: parseSeconds,
        default: '1h',
        placeholder: 'time',
        brief: 'How long, such as 10m, 1h or 7d',
      },
      reason: {
        kind: 'parsed',
        parse: String,
        default: 'an operator said so',
        placeholder: 'text',
        brief: 'Shown by list and why',
      },
      format: formatFlag(),
    },
    aliases: { c: 'config' },
    positional: about('ip'),
  },
  docs: {
    brief: 'Ban an address or a network',
    fullDescription:
      'Bans an address, or a network such as 192.0.2.0/24; an IPv6 address stands for its /64. Trunks, our own addresses and the allow list are refused.\n\nExample:\n  aspis ban add 192.0.2.7 --for 1h --reason "asked us to"',
  },
})

/** `aspis ban remove` */
const banRemove = buildCommand<Flags, [string], CliContext>({
  async func(flags, subject) {
    const path = `/detection/bans?about=${encodeURIComponent(subject)}`
    const answer = await askAdmin(openConfiguration(this, flags), 'DELETE', path)
    if (answer.status === 404) {
      tell(this, printable(errorOf(answer.body)))
      return exitWith(this, EXIT.findings)
    }
    const order = asAnswer<Order>(answer.body, 'endsMs')
    if (flags.format === 'json') return show(this, JSON.stringify(order, undefined, 2))
    show(this, `${order.subject.name}: ${order.action} ended`)
  },
  parameters: {
    flags: { config: configFlag, format: formatFlag() },
    aliases: { c: 'config' },
    positional: about('ip|account'),
  },
  docs: {
    brief: 'End a ban, a suspension or another order',
    fullDescription:
      'Ends what is ordered about an address, a network or an account, by whomever. Detection may order it again.\n\nExample:\n  aspis ban remove 192.0.2.7',
  },
})

/** `aspis ban …` */
export const ban = buildRouteMap({
  routes: { add: banAdd, list: banList, remove: banRemove, why: banWhy },
  docs: { brief: 'Bans and other orders of detection: list, explain, add, remove' },
})

/** What attackers wrote stands in it. */
function show(context: CliContext, text: string): void {
  print(context, printable(text))
}

function parseSeconds(text: string): number {
  const read = readDuration('s', 1, MAX_BAN_SECONDS)(text)
  if (read.ok) return read.value
  throw new AspisError('ERR_ASPIS_USAGE_DURATION', read.error)
}

/**
 * The body of an answer, from a server of the same release; what it refuses is the operator's mistake.
 * @param proof a member that the body has when it is one
 */
function asAnswer<T extends object>(body: unknown, proof: string & keyof T): T {
  if (isAnswer<T>(body, proof)) return body
  throw new AspisError('ERR_ASPIS_USAGE_BAN', errorOf(body))
}

function isAnswer<T extends object>(body: unknown, proof: string & keyof T): body is T {
  return typeof body === 'object' && body !== null && proof in body
}

function errorOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body
    ? String(body.error)
    : 'the server answered something else than this command asks for'
}
