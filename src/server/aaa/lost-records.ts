import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AccountingFacts } from '../../mechanisms/aaa/radius/index.ts'
import type { AaaEvents } from './events.ts'

/** File in the data folder, one JSON object a line: what can still be charged by hand. */
export const LOST_RECORDS_FILE = 'accounting-lost.jsonl'

/**
 * Writes records that no accounting server will get to a file of the data folder, readable by its owner alone. Never throws:
 * where the disk fails too, the log says so.
 */
export function lostRecords(folder: string, events: AaaEvents): (facts: AccountingFacts) => void {
  const file = join(folder, LOST_RECORDS_FILE)
  return facts => {
    try {
      appendFileSync(
        file,
        `${JSON.stringify({ ...facts, classes: facts.classes?.map(value => value.toString('hex')) })}\n`,
        { mode: 0o600 },
      )
      events.recordLost(facts, file)
    } catch (error) {
      events.recordLost(facts, file, error instanceof Error ? error : new Error(String(error)))
    }
  }
}
