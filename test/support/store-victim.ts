import { openStore } from '../../src/store/open-store.ts'
import { binding } from './store-rules/location.ts'
import { NOW_MS } from './stores.ts'

/**
 * Registers for ever and prints `aor cseq` for each acknowledged change, until it is killed; a cseq of 0 is a
 * removal. Arguments: the data folder, the first cseq.
 */
const [folder = '', first = '1'] = process.argv.slice(2)
const PHONES = 200

const { location } = await openStore({ kind: 'sqlite', folder }, NOW_MS)
await Promise.all(Array.from({ length: PHONES }, (_, n) => register(`sip:user${n}@example.com`)))

async function register(aor: string): Promise<never> {
  for (let cseq = Number(first); ; cseq++) {
    const isRemoval = cseq % 5 === 0
    await location.replace(aor, isRemoval ? [] : [binding({ aor, cseq }), binding({ aor, cseq, key: 'two' })])
    // The next change begins when this one was told: with a slow reader a kill takes one line along, never two.
    await new Promise(resolve => process.stdout.write(`${aor} ${cseq}\n`, resolve))
  }
}
