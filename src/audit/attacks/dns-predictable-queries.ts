import { attack } from '../attack.ts'
import { type Asked, openNameServer } from '../name-server.ts'
import { freshHost, lead } from '../zone.ts'

const LOOK_UPS = 8

/** Fewer questions say nothing. */
const MIN_QUESTIONS = 16

/** Two numbers of sixteen bits drawn by chance are that near to each other once in two thousand times. */
const NEAR = 16

/** Of twenty neighbours by chance, more than that share lies near only once in 10^9 times. */
const MAX_NEAR_SHARE = 0.25

/** What somebody who cannot read the questions would have to guess to answer them first. */
export const dnsPredictableQueries = attack({
  id: 'dns-predictable-queries',
  entry: 'H01',
  title: 'guesses port and ID of the questions to DNS, to answer them before the name server does',
  threats: ['dns-cache-poisoning'],
  clause: '§3.1, DNS cache poisoning',
  references: ['RFC 5452 §4.4', 'RFC 5452 §4.5', 'RFC 5452 §9.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 400,
  needs: ['account', 'zone'],
  expected: 'Every question comes from a port that nobody can foretell, with an ID that nobody can foretell.',
  mending: {
    aspis:
      'On by default: a socket for each question, random IDs, random case. `dns: servers` names resolvers.',
    kamailio:
      'Ask a validating resolver on the same machine, such as unbound, with the network closed to it.',
    opensips:
      'Ask a validating resolver on the same machine, such as unbound, with the network closed to it.',
    asterisk:
      'Ask a validating resolver on the same machine, such as unbound; `res_resolver_unbound` does so.',
  },
  async run(trial) {
    const server = await openNameServer(trial)
    const alice = await trial.user(0)
    const asking = Array.from({ length: LOOK_UPS }, () =>
      lead(trial, alice, `sip:nobody@${freshHost(server)}`, [], trial.silenceMs * 2),
    )
    await Promise.all(asking)
    const questions = distinct(server.asked.filter(({ isStream }) => !isStream))
    const ports = judge(questions.map(({ from }) => from.port))
    const ids = judge(questions.map(({ id }) => id))
    const mixed = questions.filter(({ name }) => name !== name.toLowerCase()).length
    const counts = {
      questions: questions.length,
      ports: ports.distinct,
      ids: ids.distinct,
      mixedCase: mixed,
    }
    if (questions.length === 0) return trial.inconclusive('the target asked for no name of the zone', counts)
    if (questions.length < MIN_QUESTIONS)
      return trial.inconclusive(`only ${questions.length} questions came: too few for a judgement`, counts)
    const faults = [...fault('source ports', ports), ...fault('IDs', ids)]
    if (faults.length > 0)
      return trial.succeeded(`of ${questions.length} questions ${faults.join(', and ')}`, counts)
    return trial.resisted(
      `${questions.length} questions had ${ports.distinct} source ports and ${ids.distinct} IDs, in no order`,
      counts,
    )
  },
})

/** A question that is said again keeps its numbers. */
function distinct(asked: readonly Asked[]): readonly Asked[] {
  const seen = new Set<string>()
  return asked.filter(({ name, type, id, from }) => {
    const key = `${name} ${type} ${id} ${from.port}`
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

interface Judged {
  readonly all: number
  readonly distinct: number
  /** Share of neighbours in time that are near to each other. */
  readonly nearShare: number
}

function judge(numbers: readonly number[]): Judged {
  const near = numbers.slice(1).filter((each, at) => Math.abs(each - (numbers[at] ?? 0)) <= NEAR)
  return {
    all: numbers.length,
    distinct: new Set(numbers).size,
    nearShare: near.length / Math.max(1, numbers.length - 1),
  }
}

function fault(what: string, { all, distinct, nearShare }: Judged): string[] {
  if (distinct * 2 < all) return [`the ${what} took ${distinct} values in all`]
  return nearShare > MAX_NEAR_SHARE
    ? [`${Math.round(nearShare * 100)} % of the ${what} followed each other`]
    : []
}
