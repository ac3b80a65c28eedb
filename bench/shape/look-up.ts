import { openStore } from '../../src/store/open-store.ts'

/**
 * Opens a data folder that phones are registered in, and prints how long that took, the memory, and what it costs to
 * find one of them. The names that are looked up come as those of a message do: fresh, and in no order.
 * `node --expose-gc bench/shape/look-up.ts COUNT FOLDER`
 */
const [count = '0', folder = '.'] = process.argv.slice(2)
const USERS = Number(count)
const LOOK_UPS = 200_000
const ROUNDS = 7
/** Octets that one message of a call makes new, about. */
const WORK_BYTES = 8192
const touched = Buffer.alloc(32 * 1024 * 1024)
let at = 0

const begunMs = performance.now()
const store = await openStore({ kind: 'sqlite', folder }, Date.now())
const openSeconds = (performance.now() - begunMs) / 1000
globalThis.gc?.()
globalThis.gc?.()
const { heapUsed, external, rss } = process.memoryUsage()
let found = 0
const look = (name: string): void => {
  found += store.location.bindings(name, nowMs).length
}
const nowMs = Date.now()
const aloneNs = best(names => {
  for (const name of names) look(name)
})
const workNs = best(names => {
  for (const name of names) found += work(name) & 0
})
const bothNs = best(names => {
  for (const name of names) {
    found += work(name) & 0
    look(name)
  }
})
await store.close()
if (found !== 2 * LOOK_UPS * ROUNDS) throw new Error(`${found} of ${2 * LOOK_UPS * ROUNDS} were found`)
const lookUpNs = bothNs - workNs
console.log(JSON.stringify({ openSeconds, heapBytes: heapUsed + external, rssBytes: rss, aloneNs, lookUpNs }))

/** Writes as much as a message of a call makes and leaves: so a look-up meets caches as cold as it does in a call. */
function work(name: string): number {
  touched.fill(name.length, at, at + WORK_BYTES)
  at = at + WORK_BYTES < touched.length ? at + WORK_BYTES : 0
  return name.length
}

/** Processor time of one pass over fresh names in no order, in ns for each: the least of several rounds. */
function best(pass: (names: readonly string[]) => void): number {
  let bestNs = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const names = Array.from({ length: LOOK_UPS }, (_, n) => {
      const user = ((n + round * LOOK_UPS) * 2_654_435_761) % USERS
      return Buffer.from(`sip:p${user}@bench.test`, 'latin1').toString('latin1')
    })
    const before = process.cpuUsage()
    pass(names)
    const { user, system } = process.cpuUsage(before)
    bestNs = Math.min(bestNs, ((user + system) * 1000) / LOOK_UPS)
  }
  return bestNs
}
