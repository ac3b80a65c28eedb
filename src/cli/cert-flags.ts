import { existsSync } from 'node:fs'
import { numberParser } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { type ConfigFlags, configFlag } from './configuration.ts'

/** What every command that makes a certificate takes. */
export interface CertFlags extends ConfigFlags {
  readonly out: string
  readonly days: number
}

const MAX_DAYS = 3650

export const certFlags = {
  config: configFlag,
  out: {
    kind: 'parsed',
    parse: String,
    default: '.',
    placeholder: 'folder',
    brief: 'Where the files are written',
  },
  days: {
    kind: 'parsed',
    parse: numberParser,
    default: '397',
    placeholder: 'days',
    brief: 'How long it is good',
  },
} as const

/** @throws AspisError when a certificate cannot be good for so many days */
export function checkDays(days: number): void {
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return
  throw new AspisError('ERR_ASPIS_USAGE_DAYS', `--days is a whole number from 1 to ${MAX_DAYS}`)
}

/** @throws AspisError when a file that is to be made is there: a key is never written over */
export function checkAbsent(files: Readonly<Record<string, string>>): void {
  for (const file of Object.values(files)) {
    if (existsSync(file)) throw new AspisError('ERR_ASPIS_USAGE_EXISTS', `${file} exists; it is not touched`)
  }
}
