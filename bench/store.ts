import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Secret } from '../src/base/secret.ts'
import type { Binding } from '../src/store/location.ts'
import { openStore } from '../src/store/open-store.ts'
import type { StoreOptions } from '../src/store/store.ts'

/**
 * Durable changes a second, and the time to load the bindings again.
 * `node bench/store.ts [--quick] [--bindings 100000] [--at-once 2000] [--folder DIR | --postgres URL]`
 */
const { values } = parseArgs({
  options: {
    bindings: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '2000' },
    folder: { type: 'string', default: tmpdir() },
    postgres: { type: 'string' },
  },
})

const total = Number(values.bindings ?? (values.quick ? 20_000 : 100_000))
const atOnce = Number(values['at-once'])
const folder = mkdtempSync(join(values.folder, 'aspis-bench-'))
const options: StoreOptions =
  values.postgres === undefined
    ? { kind: 'sqlite', folder }
    : { kind: 'postgres', url: new Secret(values.postgres), keyFile: join(folder, 'ha1.key') }

try {
  await write()
  await load()
} finally {
  rmSync(folder, { recursive: true })
}

async function write(): Promise<void> {
  const store = await openStore(options, Date.now())
  const begun = performance.now()
  const cpu = process.cpuUsage()
  let next = 0
  const phone = async (): Promise<void> => {
    while (next < total) {
      const row = bindingOf(next++)
      await store.location.replace(row.aor, [row])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, phone))
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const cpuMicros = (user + system) / total
  console.log(`${Math.round(total / seconds)} durable changes/s, ${cpuMicros.toFixed(1)} µs CPU each`)
  await store.close()
}

async function load(): Promise<void> {
  const begun = performance.now()
  const store = await openStore(options, Date.now())
  console.log(`${store.location.count()} bindings loaded in ${Math.round(performance.now() - begun)} ms`)
  await store.close()
}

function bindingOf(n: number): Binding {
  const aor = `sip:user${n}@example.com`
  return {
    aor,
    contact: `sip:user${n}@192.0.2.${n % 250}:5060;transport=tls;ob`,
    instance: `<urn:uuid:00000000-0000-1000-8000-${String(n).padStart(12, '0')}>`,
    regId: 1,
    callId: `${n}@192.0.2.1`,
    cseq: 1,
    q: 1000,
    expiresAtMs: Date.now() + 3_600_000,
    path: [],
    flowToken: `token-${n}`,
    received: `tls:192.0.2.1:${n % 60_000}`,
    params: ';methods="INVITE, ACK, BYE, CANCEL, OPTIONS"',
    userAgent: 'phone/1.0',
    key: `urn:uuid:${n};1`,
  }
}
