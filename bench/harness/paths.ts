import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { missing } from '../../test/support/programs.ts'

/** Root of the checkout. */
export const ROOT = resolve(import.meta.dirname, '../..')

/** The load generator and Kamailio's configuration lie beside the checkout, for every server the same. */
export const HARNESS = join(ROOT, '../shared/bench')

/** The command line of the server, in a checkout. */
export const MAIN = 'src/cli/main.ts'

/** Flags of every Node that is started here. */
export const NODE_FLAGS = ['--disable-warning=ExperimentalWarning']

/** Flags of a server, those of bin/aspis. */
export const SERVER_FLAGS = readFileSync(join(ROOT, 'bin/server-flags'), 'utf8').trim().split('\n')

/** Why this machine cannot put load on a server; undefined when it can. */
export function whyNoLoad(): string | undefined {
  if (!existsSync(join(HARNESS, 'gen/sipload.c'))) return `the load generator is not there (${HARNESS})`
  const absent = missing('cc', 'ip', 'taskset', 'setsid', 'openssl')
  if (absent !== false) return absent
  if (process.getuid?.() !== 0) return 'needs root, to make a network namespace'
  if (cpus().length < 2) return 'needs two processors, one for the server and one for the load'
  return undefined
}

/** Whether there is a Kamailio to compare with. */
export function hasKamailio(): boolean {
  return missing('kamailio') === false
}
