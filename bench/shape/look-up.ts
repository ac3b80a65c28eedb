import { openStore } from '../../src/store/open-store.ts'

/**
 * Opens a data folder that phones are registered in, and prints how long that took, the memory, and what it costs to
 * find one of them. The names that are looked up come as those of a message do: fresh, and in no order.
 * `node --expose-gc bench/shape/look-up.ts COUNT FOLDER`
 */
const [count = '0', folder = '.'] = process.argv.slice(2)
const USERS = Number(count)
const LOOK_UPS = 200_000
const ROUNDS = 9

const begunMs = performance.now()
const store = await openStore({ kind: 'sqlite', folder }, Date.now())
const openSeconds = (performance.now() - begunMs) / 1000
globalThis.gc?.()
globalThis.gc?.()
const { heapUsed, external, rss } = process.memoryUsage()
let [bestNs, found] = [Number.POSITIVE_INFINITY, 0]
for (let round = 0; round < ROUNDS; round++) {
  const names = Array.from({ length: LOOK_UPS }, (_, at) => {
    const n = ((at + round * LOOK_UPS) * 2_654_435_761) % USERS
    return Buffer.from(`sip:p${n}@bench.test`, 'latin1').toString('latin1')
  })
  const nowMs = Date.now()
  const before = process.cpuUsage()
  for (const name of names) found += store.location.bindings(name, nowMs).length
  const { user, system } = process.cpuUsage(before)
  bestNs = Math.min(bestNs, ((user + system) * 1000) / LOOK_UPS)
}
await store.close()
if (found !== LOOK_UPS * ROUNDS) throw new Error(`${found} of ${LOOK_UPS * ROUNDS} were found`)
console.log(JSON.stringify({ openSeconds, heapBytes: heapUsed + external, rssBytes: rss, lookUpNs: bestNs }))
