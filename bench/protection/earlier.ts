import { existsSync, readFileSync } from 'node:fs'
import { GOALS, type Limit, type Reading } from './goals/goal.ts'
import { CONTESTANTS } from './servers.ts'

/**
 * Figures of an earlier run, each with the commit that it was taken at: what was not measured this time stands on the page
 * as it was.
 * @param file where `--write-docs` leaves them; none there gives none
 */
export function earlierReadings(file: string): readonly Reading[] {
  if (!existsSync(file)) return []
  const { machine, result } = inside(inside(JSON.parse(readFileSync(file, 'utf8'))).protection)
  const { commit } = inside(machine)
  const { readings } = inside(result)
  if (!Array.isArray(readings) || typeof commit !== 'string') return []
  return readings.flatMap(each => readingOf(inside(each), commit) ?? [])
}

function readingOf(fields: Fields, ofAll: string): Reading | undefined {
  const goal = GOALS.find(each => each === fields.goal)
  const contestant = CONTESTANTS.find(each => each === fields.contestant)
  const { what, unit, value, commit } = fields
  if (goal === undefined || contestant === undefined || typeof what !== 'string' || typeof unit !== 'string')
    return undefined
  return {
    ...{ goal, what, unit, contestant, limit: limitOf(inside(fields.limit)) },
    value: typeof value === 'number' ? value : Number.NaN,
    commit: typeof commit === 'string' ? commit : ofAll,
  }
}

function limitOf({ value, isLeast }: Fields): Limit | undefined {
  return typeof value === 'number' ? { value, isLeast: isLeast === true } : undefined
}

type Fields = Readonly<Record<string, unknown>>

function inside(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
