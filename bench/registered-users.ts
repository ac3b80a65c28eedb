import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Secret } from '../src/base/secret.ts'
import { credentialWith } from '../src/store/credentials.ts'
import type { Binding } from '../src/store/location.ts'
import { openStore } from '../src/store/open-store.ts'
import type { Store } from '../src/store/store.ts'

/**
 * What registered users cost: memory each, a look-up, and the time until they are there again after a restart. Prints
 * one line of JSON. Each size is measured in a process of its own, which opens what another one has filled.
 * `node bench/registered-users.ts [--users 10000,100000,1000000] [--folder DIR]`
 */
const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '10000,100000,1000000' },
    folder: { type: 'string', default: tmpdir() },
    fill: { type: 'string' },
    measure: { type: 'string' },
  },
})

const DOMAIN = 'bench.test'
const ACCOUNTS_AT_ONCE = 20_000
const BINDINGS_AT_ONCE = 5000
const LOOK_UPS = 200_000
const ROUNDS = 9

/** Figures of one size. */
interface Figures {
  readonly users: number
  /** Octets of memory for one user with account and binding, beyond the texts of the binding. */
  readonly bytesPerUser: number
  /** Octets of those texts. */
  readonly textBytesPerUser: number
  readonly lookUpNs: number
  readonly accountNs: number
  /** From the start of the process until the store is open. */
  readonly restartSeconds: number
  /** Processor time of that, all threads. */
  readonly restartCpuSeconds: number
}

if (values.fill !== undefined) await fill(Number(values.users), values.fill)
else if (values.measure !== undefined) await measure(Number(values.users), values.measure)
else runAll()

function runAll(): void {
  const figures: Figures[] = []
  const empty = inFolder(0)
  for (const users of values.users.split(',').map(Number)) {
    const { residentBytes, ...rest } = inFolder(users)
    const texts = bindingOf(users >> 1).reduce((sum, text) => sum + text.length, 0)
    figures.push({
      users,
      bytesPerUser: Math.round((residentBytes - empty.residentBytes) / users - texts),
      textBytesPerUser: texts,
      ...rest,
    })
  }
  console.log(JSON.stringify({ registeredUsers: figures }))
}

interface Measured extends Pick<Figures, 'lookUpNs' | 'accountNs' | 'restartSeconds' | 'restartCpuSeconds'> {
  readonly residentBytes: number
}

function inFolder(users: number): Measured {
  const folder = mkdtempSync(join(values.folder, 'aspis-bench-'))
  try {
    inProcess(users, '--fill', folder)
    return JSON.parse(inProcess(users, '--measure', folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function inProcess(users: number, order: '--fill' | '--measure', folder: string): string {
  const self = fileURLToPath(import.meta.url)
  const args = [
    '--expose-gc',
    '--disable-warning=ExperimentalWarning',
    self,
    '--users',
    String(users),
    order,
    folder,
  ]
  const done = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 20 })
  if (done.status !== 0) throw new Error(`${order} ${users}: ${done.stderr}`)
  return done.stdout
}

async function fill(users: number, folder: string): Promise<void> {
  const store = await openStore({ kind: 'sqlite', folder }, Date.now())
  for (let first = 0; first < users; first += ACCOUNTS_AT_ONCE) {
    const some = Math.min(ACCOUNTS_AT_ONCE, users - first)
    await store.credentials.put(...Array.from({ length: some }, (_, i) => accountOf(first + i)))
  }
  for (let first = 0; first < users; first += BINDINGS_AT_ONCE) {
    const some = Math.min(BINDINGS_AT_ONCE, users - first)
    const made = Array.from({ length: some }, (_, i) => registered(first + i))
    await Promise.all(made.map(each => store.location.replace(each.aor, [each])))
  }
  await store.close()
}

async function measure(users: number, folder: string): Promise<void> {
  const store = await openStore({ kind: 'sqlite', folder }, Date.now())
  const restartSeconds = performance.now() / 1000
  const cpu = process.cpuUsage()
  const restartCpuSeconds = (cpu.user + cpu.system) / 1e6
  if (store.location.count() !== users) throw new Error(`${store.location.count()} bindings of ${users}`)
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const residentBytes = process.memoryUsage.rss()
  const lookUpNs =
    users === 0 ? 0 : lookUp(users, store, (aor, each) => each.location.bindings(aor, 0).length)
  const accountNs =
    users === 0
      ? 0
      : lookUp(users, store, (aor, each) => {
          const user = aor.slice(4, aor.indexOf('@'))
          return each.credentials.find(user, DOMAIN) === undefined ? 0 : 1
        })
  await store.close()
  console.log(JSON.stringify({ residentBytes, lookUpNs, accountNs, restartSeconds, restartCpuSeconds }))
}

/** The quickest of several rounds over users in no order: what else the machine does is in the others. */
function lookUp(users: number, store: Store, ask: (aor: string, store: Store) => number): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const aors = Array.from({ length: LOOK_UPS }, () => aorOf(Math.floor(Math.random() * users)))
    for (const aor of aors) Buffer.byteLength(aor)
    const before = process.cpuUsage()
    let found = 0
    for (const aor of aors) found += ask(aor, store)
    const { user, system } = process.cpuUsage(before)
    const ns = ((user + system) * 1000) / LOOK_UPS
    if (found !== LOOK_UPS) throw new Error('a user was not found')
    best = Math.min(best, ns)
  }
  return Math.round(best)
}

function aorOf(n: number): string {
  return `sip:u${String(n).padStart(7, '0')}@${DOMAIN}`
}

function accountOf(n: number) {
  const hex = (seed: number): Secret => new Secret(String(seed).padStart(64, '0'))
  const ha1 = { sha256: hex(n), sha512_256: hex(n + 1) }
  return credentialWith(aorOf(n).slice(4, -DOMAIN.length - 1), DOMAIN, ha1, false)
}

function registered(n: number): Binding {
  const [aor, contact, callId, received, params, userAgent] = bindingOf(n)
  return {
    aor,
    contact,
    instance: undefined,
    regId: undefined,
    callId,
    cseq: 1,
    q: 1000,
    expiresAtMs: Date.now() + 3_600_000 + n,
    path: [],
    flowToken: undefined,
    received,
    params,
    userAgent,
    key: contact,
  }
}

/** The texts of a phone behind NAT. */
function bindingOf(n: number): [string, string, string, string, string, string] {
  const ip = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
  const user = String(n).padStart(7, '0')
  return [
    aorOf(n),
    `sip:u${user}@${ip}:5060;transport=udp`,
    `a84b4c76e66710-${user}@${ip}`,
    `udp:192.0.2.${n & 255}:${1024 + (n % 60_000)}`,
    ';methods="INVITE, ACK, BYE, CANCEL, OPTIONS"',
    'phone/1.0 (bench)',
  ]
}
