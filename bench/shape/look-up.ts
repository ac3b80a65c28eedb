import { openStore } from '../../src/store/open-store.ts'

/**
 * What it costs to find one of the users of a data folder, and how many octets of theirs are kept. The names that are
 * looked up come as those of a message do: fresh, and in no order.
 * `node bench/shape/look-up.ts COUNT FOLDER`, where `bench/registered-users.ts --fill` has filled the folder
 */
const [count = '0', folder = '.'] = process.argv.slice(2)
const USERS = Number(count)
const LOOK_UPS = 200_000
const ROUNDS = 7
/** Octets that one message of a call makes new, about. */
const WORK_BYTES = 8192
const touched = Buffer.alloc(32 * 1024 * 1024)
let at = 0

const store = await openStore({ kind: 'sqlite', folder }, Date.now())
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
const sentBytes = sentBy(nameOf(USERS >> 1))
await store.close()
if (found !== 2 * LOOK_UPS * ROUNDS) throw new Error(`${found} of ${2 * LOOK_UPS * ROUNDS} were found`)
const lookUpNs = bothNs - workNs
console.log(JSON.stringify({ sentBytes, aloneNs, lookUpNs }))

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
    const names = Array.from({ length: LOOK_UPS }, (_, n) =>
      nameOf(((n + round * LOOK_UPS) * 2_654_435_761) % USERS),
    )
    const before = process.cpuUsage()
    pass(names)
    const { user, system } = process.cpuUsage(before)
    bestNs = Math.min(bestNs, ((user + system) * 1000) / LOOK_UPS)
  }
  return bestNs
}

/** A string of its own, as one that was cut out of a message. */
function nameOf(user: number): string {
  return Buffer.from(`sip:u${String(user).padStart(7, '0')}@bench.test`, 'latin1').toString('latin1')
}

/** Octets that a phone sent and that have to be kept. */
function sentBy(aor: string): number {
  const kept = store.location
    .bindings(aor, nowMs)
    .flatMap(each => [each.aor, each.contact, each.instance ?? '', each.callId, each.params, each.userAgent])
  return kept.join('').length
}
