import type { Binding } from '../../src/store/location.ts'
import { openStore } from '../../src/store/open-store.ts'

/**
 * Registers phones in a data folder, as their REGISTERs would, and prints how long it took.
 * `node bench/shape/fill-users.ts COUNT FOLDER`
 */
const [count = '0', folder = '.'] = process.argv.slice(2)
const AT_ONCE = 4000

const store = await openStore({ kind: 'sqlite', folder }, Date.now())
const begunMs = performance.now()
let [next, sentBytes] = [0, 0]
const phone = async (): Promise<void> => {
  while (next < Number(count)) {
    const row = bindingOf(next++)
    sentBytes += sentBy(row)
    await store.location.replace(row.aor, [row])
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, phone))
const fillSeconds = (performance.now() - begunMs) / 1000
await store.close()
console.log(JSON.stringify({ sentBytes, fillSeconds }))

/** Octets that the phone sent and that have to be kept. */
function sentBy({ aor, contact, instance, callId, params, userAgent }: Binding): number {
  return [aor, contact, instance ?? '', callId, params, userAgent].join('').length
}

function bindingOf(n: number): Binding {
  const hex = n.toString(16).padStart(12, '0')
  const instance = `urn:uuid:f81d4fae-7dec-11d0-a765-${hex}`
  return {
    aor: `sip:p${n}@bench.test`,
    contact: `sip:p${n}@10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}:5060`,
    instance,
    regId: undefined,
    callId: `${hex}-f81d4fae@10.0.0.1`,
    cseq: 1,
    q: 1000,
    expiresAtMs: Date.now() + 3_600_000,
    path: [],
    flowToken: undefined,
    received: '',
    params: '',
    userAgent: 'Phone/1.0',
    key: instance,
  }
}
