import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What the commands about detection are asked. */
export type DetectOptions =
  | {
      readonly verb: 'detect'
      readonly isQuick: boolean
      readonly runs: number
      readonly only: string
      readonly isCostOnly: boolean
      readonly isListOnly: boolean
      readonly isWritten: boolean
      readonly out: string | undefined
    }
  | {
      readonly verb: 'corpus'
      readonly isQuick: boolean
      readonly folder: string
      readonly seed: number
      readonly only: string
    }
  | {
      readonly verb: 'score'
      readonly labels: string
      readonly verdicts: string
      readonly out: string | undefined
    }

export const DETECT_VERBS = ['detect', 'corpus', 'score'] as const

/** Whether a command line is one of these. */
export function isAboutDetection([verb]: readonly string[]): boolean {
  return DETECT_VERBS.some(each => each === verb)
}

/**
 * Reads the command line.
 * @throws Error that says what is wrong with it
 */
export function readDetectOptions(args: readonly string[]): DetectOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      runs: { type: 'string' },
      only: { type: 'string', default: '' },
      cost: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      out: { type: 'string' },
      seed: { type: 'string', default: '1' },
      labels: { type: 'string' },
      verdicts: { type: 'string' },
    },
  })
  const [verb, ...rest] = positionals
  if (rest.length > 0) throw new Error(`one thing at a time, not also ${rest.join(' ')}`)
  const { quick: isQuick, only, out } = values
  switch (verb) {
    case 'detect':
      return {
        ...{
          verb,
          isQuick,
          only,
          out,
          isCostOnly: values.cost,
          isListOnly: values.list,
          isWritten: values['write-docs'],
        },
        runs: numberFrom(values.runs ?? (isQuick ? '1' : '30'), 'runs', 1, 1000),
      }
    case 'corpus':
      return {
        ...{ verb, isQuick, only, folder: resolve(given(out, 'out')) },
        seed: numberFrom(values.seed, 'seed', 0, 1_000_000),
      }
    case 'score':
      return {
        ...{ verb, out, labels: given(values.labels, 'labels') },
        verdicts: given(values.verdicts, 'verdicts'),
      }
    default:
      throw new Error(`${verb} is none of ${DETECT_VERBS.join(', ')}`)
  }
}

function given(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

function numberFrom(value: string, name: string, min: number, max: number): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < min || number > max)
    throw new Error(`${name} is a whole number from ${min} to ${max}`)
  return number
}
