import { join } from 'node:path'
import { missing } from '../../test/support/programs.ts'
import { markdownTable } from '../document/regions.ts'
import type { Section } from '../document/section.ts'
import { ROOT, whyNoLoad } from '../harness/paths.ts'
import { loadAverage } from '../machine.ts'
import type { Options } from '../options.ts'
import { Arena } from './arena.ts'
import { earlierReadings } from './earlier.ts'
import { s1, s2, s3, s4 } from './goals/floods.ts'
import {
  type BattlePlan,
  type Field,
  GOALS,
  type Goal,
  type GoalName,
  isMet,
  type Reading,
} from './goals/goal.ts'
import { s5, s6, s11 } from './goals/innocent.ts'
import { s7, s8 } from './goals/mitigation.ts'
import { CONTESTANTS, type Contestant, NAMES } from './servers.ts'

/** What was measured of protection under attack. */
export interface ProtectionResult {
  readonly plan: BattlePlan
  /** Load average of the machine at the beginning: what else it had to do. */
  readonly load: number
  readonly readings: readonly Reading[]
  /** What could not be measured. */
  readonly failures: readonly string[]
}

const HOW: Readonly<Record<GoalName, Goal>> = {
  ...{ S1: s1, S2: s2, S3: s3, S4: s4, S5: s5, S6: s6, S7: s7, S8: s8, S11: s11 },
}

const USUAL_SECONDS = 60

/** Where the figures are left, from the root of the checkout. */
export const PROTECTION_FIGURES = 'docs/protection.json'

/** Why this machine cannot show it; undefined when it can. */
export function whyNoBattle(): string | undefined {
  const absent = missing('nft', 'curl', 'bash')
  return absent === false ? whyNoLoad() : absent
}

/** Attacks one server after the other, each goal on all of them in turn. */
export async function measureProtection(options: Options): Promise<ProtectionResult> {
  const { isQuick, goals } = options
  const seconds = options.wantedMinutes === undefined ? USUAL_SECONDS : options.wantedMinutes * 60
  const plan = { isQuick, seconds: isQuick ? 10 : seconds, shortSeconds: isQuick ? 5 : 15 }
  const readings: Reading[] = []
  const failures: string[] = []
  const load = loadAverage()
  for (const goal of goals) {
    for (const contestant of CONTESTANTS) {
      if (contestant === 'kamailio' && (options.isAlone || missing('kamailio') !== false)) continue
      const arena = new Arena(options.tree)
      const say = (text: string): void => console.log(`  ${goal} ${NAMES[contestant]}: ${text}`)
      const field: Field = {
        ...{ arena, contestant, plan, say },
        read: (what, unit, value, limit) => {
          const reading = { goal, what, unit, contestant, value, limit }
          readings.push(reading)
          say(`${what}: ${figure(reading)}${isMet(reading) === false ? '  MISSED' : ''}`)
        },
      }
      try {
        await HOW[goal](field)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        failures.push(`${goal}, ${NAMES[contestant]}: ${why.split('\n')[0]}`)
        say(`not measured: ${why}`)
      } finally {
        arena.close()
      }
    }
  }
  const earlier = options.isWritten ? earlierReadings(join(ROOT, PROTECTION_FIGURES)) : []
  const kept = earlier.filter(({ goal }) => !goals.includes(goal))
  const order = (each: Reading): number => GOALS.indexOf(each.goal)
  return { plan, load, readings: [...kept, ...readings].sort((a, b) => order(a) - order(b)), failures }
}

/** The misses, as lines for a terminal. */
export function printProtection({ readings, failures }: ProtectionResult): string {
  const judged = readings.filter(reading => isMet(reading) !== undefined)
  const ours = judged.filter(({ contestant }) => contestant !== 'kamailio')
  const missed = ours.filter(reading => isMet(reading) === false)
  const lines = missed.map(
    each => `MISSED  ${each.goal} ${NAMES[each.contestant]}: ${each.what}: ${figure(each)}`,
  )
  const failed = failures.map(each => `NOT MEASURED  ${each}`)
  return [`${ours.length - missed.length} of ${ours.length} reached`, ...lines, ...failed].join('\n')
}

/** The table of the page: a row a figure, a column a server. */
export function protectionSection({ plan, load, readings, failures }: ProtectionResult): Section {
  const shown = CONTESTANTS.filter(each => readings.some(({ contestant }) => contestant === each))
  const keys = [...new Set(readings.map(({ goal, what }) => `${goal} ${what}`))]
  const rows = keys.map(key => {
    const all = readings.filter(({ goal, what }) => `${goal} ${what}` === key)
    const cell = (contestant: Contestant): string => {
      const found = all.find(each => each.contestant === contestant)
      if (found === undefined) return ''
      return isMet(found) === false ? `**${figure(found)}**` : figure(found)
    }
    const [first] = all
    const unit = first?.unit === '' || first === undefined ? '' : `, ${first.unit}`
    return [`${first?.goal} ${first?.what}${unit}`, limitsOf(all), ...shown.map(cell)]
  })
  const how =
    `Floods of S1 and S3 lasted ${plan.seconds} s, everything else ${plan.shortSeconds} s; the server had one processor, ` +
    `phones and attackers the other; the load average before was ${load.toFixed(1)}. In bold what missed its aim; ` +
    `of Kamailio too, which nobody promised it.${olderText(readings)}`
  const lost = failures.length === 0 ? '' : `\n\nNot measured: ${failures.join('; ')}.`
  const head = ['', 'aim', ...shown.map(each => NAMES[each])]
  return { text: `${how}\n\n${markdownTable(head, rows)}${lost}`, pictures: {} }
}

/** Which goals were measured by another run. */
function olderText(readings: readonly Reading[]): string {
  const commits = [...new Set(readings.map(({ commit }) => commit))].filter(each => each !== undefined)
  const parts = commits.map(commit => {
    const goals = new Set(readings.filter(each => each.commit === commit).map(({ goal }) => goal))
    return ` ${[...goals].join(', ')} were measured at ${commit}.`
  })
  return parts.join('')
}

function limitsOf(readings: readonly Reading[]): string {
  const texts = readings.flatMap(({ limit }) =>
    limit === undefined ? [] : [`${limit.isLeast === true ? '≥' : '≤'} ${limit.value}`],
  )
  return [...new Set(texts)].join('; ')
}

function figure({ value }: Reading): string {
  if (Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return 'never'
  return String(Number(value.toPrecision(4)))
}
