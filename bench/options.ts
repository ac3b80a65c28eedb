import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { TRANSPORTS, type Transport, WORKLOADS, type Workload } from './figures.ts'
import { GOALS, type GoalName } from './protection/goals/goal.ts'

/** What can be measured. */
export const VERBS = [
  'all',
  'pairs',
  'anatomy',
  'protections',
  'workers',
  'shape',
  'flood',
  'protection',
  'replay',
  'soak',
  'micro',
] as const
export type Verb = (typeof VERBS)[number]

const USUAL_MINUTES = 10

/** Which way of reading datagrams Aspis is measured with. */
export type Datagrams = 'native' | 'node' | 'both'

/** What was asked for on the command line. */
export interface Options {
  readonly verb: Verb
  readonly isQuick: boolean
  readonly workloads: readonly Workload[]
  readonly transports: readonly Transport[]
  readonly datagrams: Datagrams
  readonly reps: number
  readonly isAlone: boolean
  readonly isTenthToo: boolean
  readonly profile: string | undefined
  readonly minutes: number
  /** As it was written, for what has another default. */
  readonly wantedMinutes: number | undefined
  readonly goals: readonly GoalName[]
  readonly tree: string | undefined
  readonly out: string | undefined
  readonly isWritten: boolean
  readonly isHelp: boolean
}

/**
 * Reads the command line.
 * @throws Error that says what is wrong with it
 */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      workloads: { type: 'string' },
      transport: { type: 'string' },
      datagrams: { type: 'string' },
      reps: { type: 'string' },
      alone: { type: 'boolean', default: false },
      tenth: { type: 'boolean' },
      profile: { type: 'boolean', default: false },
      'profile-to': { type: 'string' },
      minutes: { type: 'string' },
      goals: { type: 'string' },
      tree: { type: 'string' },
      out: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  const [verb = 'all', ...rest] = positionals
  const { quick } = values
  const minutes = values.minutes === undefined ? undefined : numberFrom(values.minutes, 'minutes', 1, 1440)
  if (rest.length > 0) throw new Error(`one thing at a time, not also ${rest.join(' ')}`)
  return {
    verb: oneOf(verb, VERBS, 'what to measure'),
    isQuick: quick,
    workloads: listOf(values.workloads ?? (quick ? 'a,b,c,d,e' : 'a,b,c,d,e,g'), WORKLOADS, 'workloads'),
    transports: listOf(values.transport ?? (quick ? 'udp' : 'udp,tcp,tls'), TRANSPORTS, 'transport'),
    datagrams: oneOf(
      values.datagrams ?? (quick ? 'native' : 'both'),
      ['native', 'node', 'both'],
      'datagrams',
    ),
    reps: numberFrom(values.reps ?? (quick ? '1' : '5'), 'reps', 1, 100),
    isAlone: values.alone,
    isTenthToo: values.tenth ?? !quick,
    profile: values['profile-to'] ?? (values.profile ? 'bench-profiles' : undefined),
    minutes: minutes ?? USUAL_MINUTES,
    wantedMinutes: minutes,
    goals: listOf(values.goals ?? GOALS.join(','), GOALS, 'goals'),
    tree: values.tree === undefined ? undefined : resolve(values.tree),
    out: values.out,
    isWritten: values['write-docs'],
    isHelp: values.help,
  }
}

function oneOf<const T extends string>(value: string, known: readonly T[], name: string): T {
  const found = known.find(each => each === value)
  if (found === undefined) throw new Error(`${name}: ${value} is none of ${known.join(', ')}`)
  return found
}

function listOf<const T extends string>(value: string, known: readonly T[], name: string): readonly T[] {
  return [...new Set(value.split(',').map(each => oneOf(each, known, name)))]
}

function numberFrom(value: string, name: string, min: number, max: number): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < min || number > max)
    throw new Error(`${name} is a whole number from ${min} to ${max}`)
  return number
}
