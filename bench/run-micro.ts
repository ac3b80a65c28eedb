import { existsSync } from 'node:fs'
import { runNode } from './run-program.ts'

/** What single parts cost; each is a program of its own. */
const PARTS = ['bench/parse.ts', 'bench/digest.ts', 'bench/refusals.ts', 'bench/store.ts']

/** Runs every part. */
export async function runMicro(isQuick: boolean): Promise<void> {
  for (const part of PARTS.filter(existsSync)) {
    console.log(`\n${part}`)
    await runNode([part, ...(isQuick ? ['--quick'] : [])])
  }
}
