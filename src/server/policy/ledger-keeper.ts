import { readFileSync, rmSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Spent } from '../../mechanisms/policy/index.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { LocalLedger } from './ledger.ts'

const ROUND_MS = 5000
const FILE = 'policy-spent.json'

/** What is needed of the configuration. */
type KeptConfig = Pick<Config, 'data' | 'policy'>

/**
 * The ledger of a server: in its only process, or in the one that the workers ask. Money that was spent survives a
 * restart, written every few seconds; calls at once begin at nothing, as nobody can say which of them still run.
 */
export class LedgerKeeper {
  readonly ledger: LocalLedger
  readonly #file: string
  readonly #log: Log
  #timer: NodeJS.Timeout | undefined
  #written = ''
  #isBusy = false
  #hasFailed = false

  constructor(config: KeptConfig, log: Log, metrics: Metrics) {
    this.#file = join(config.data, FILE)
    this.#log = log
    this.ledger = new LocalLedger(config.policy, { nowMs: () => performance.now(), wallMs: Date.now })
    if (config.policy.limits.some(({ spend }) => spend !== undefined)) this.ledger.tally.restore(this.#read())
    metrics.gauges('aspis_policy_calls', 'Calls that hold a place, by bound', 'limit', () => {
      this.ledger.refresh()
      return this.ledger.tally.callsByLimit()
    })
    this.#timer = setInterval(() => void this.#round(), ROUND_MS)
    this.#timer.unref()
  }

  configure(config: KeptConfig): void {
    this.ledger.configure(config.policy)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#round()
  }

  async #round(): Promise<void> {
    this.ledger.refresh()
    const text = JSON.stringify(this.ledger.tally.spent())
    if (this.#isBusy || text === this.#written || (text === '[]' && this.#written === '')) return
    this.#isBusy = true
    try {
      await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
      this.#written = text
      this.#hasFailed = false
    } catch (error) {
      if (!this.#hasFailed) this.#log.error('spent-not-stored', { error: errorOf(error) })
      this.#hasFailed = true
    } finally {
      this.#isBusy = false
    }
  }

  #read(): Spent[] {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#file, 'utf8'))
      const all = Array.isArray(value) ? value.filter(isSpent) : []
      this.#log.info('spent-restored', { counters: all.length })
      return all
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      this.#log.error('spent-not-read', { error: errorOf(error) })
      rmSync(this.#file, { force: true })
      return []
    }
  }
}

function isSpent(value: unknown): value is Spent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'key' in value &&
    typeof value.key === 'string' &&
    'period' in value &&
    typeof value.period === 'string' &&
    'amount' in value &&
    typeof value.amount === 'number' &&
    Number.isSafeInteger(value.amount)
  )
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
