import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ground, must, SERVER_CPU } from './ground.ts'
import { MAIN, NODE_FLAGS, SERVER_FLAGS } from './paths.ts'
import { treeOf } from './proc.ts'
import { type RunningServer, stopChild, waitUntilSaid } from './server.ts'

/** How Aspis is set up. */
export interface AspisSetup {
  readonly port: number
  readonly isDigest: boolean
  readonly datagrams: 'native' | 'node'
  /** Where the CPU profile goes when it ends. */
  readonly profileFolder?: string
  readonly workers?: number
  /** Port of metrics; none when absent. */
  readonly adminPort?: number
  /** More domains than the one that is called. */
  readonly moreDomains?: readonly string[]
  /** A data folder that is filled already. */
  readonly data?: string
  /** Processors that it may use; the first when absent. */
  readonly cpus?: string
}

const DOMAIN = 'bench.test'
const USERS = 10_000
const READY_MS = 60_000

/**
 * Starts Aspis with every protection on, but for the credentials that a workload does not ask for.
 * @throws Error when it does not come up
 */
export async function startAspis(ground: Ground, setup: AspisSetup): Promise<RunningServer> {
  const { port } = setup
  const data = setup.data ?? freshData(ground, port)
  const file = ground.path(`aspis-${port}.yaml`)
  writeFileSync(file, configuration(setup, data))
  const profile =
    setup.profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${setup.profileFolder}`]
  const command = [
    process.execPath,
    ...SERVER_FLAGS,
    ...profile,
    join(ground.tree, MAIN),
    'serve',
    '-c',
    file,
  ]
  const child = ground.start(setup.cpus ?? SERVER_CPU, command, { ASPIS_DATAGRAMS: setup.datagrams })
  await waitUntilSaid(child, new RegExp(`tls://127\\.0\\.0\\.1:${port + 1}\\n`), READY_MS)
  const pids = (): readonly number[] => (child.pid === undefined ? [] : treeOf(child.pid))
  return {
    target: which => ({ at: `127.0.0.1:${which === 'tls' ? port + 1 : port}`, pids: pids() }),
    pids,
    stop: () => stopChild(child),
  }
}

/** A data folder with the accounts that the generator knows, and nothing registered. */
export function freshData(ground: Ground, port: number): string {
  const accounts = ground.path('accounts')
  makeAccounts(ground, accounts)
  const data = ground.path(`data-${port}`)
  rmSync(data, { recursive: true, force: true })
  cpSync(accounts, data, { recursive: true })
  return data
}

const prepared = new WeakSet<Ground>()

function makeAccounts(ground: Ground, folder: string): void {
  if (prepared.has(ground)) return
  prepared.add(ground)
  const rows = Array.from({ length: USERS }, (_, n) => {
    const user = `u${String(n).padStart(5, '0')}`
    return `${user},pw-${user}-bench\n`
  })
  const list = ground.path('accounts.csv')
  writeFileSync(list, `user,password\n${rows.join('')}`)
  const data = ground.path('accounts-made')
  mkdirSync(data)
  const file = ground.path('accounts.yaml')
  writeFileSync(file, configuration({ port: 5060, isDigest: true, datagrams: 'node' }, data))
  must(process.execPath, ...NODE_FLAGS, join(ground.tree, MAIN), 'user', 'import', list, '-c', file)
  renameSync(data, folder)
}

/** The configuration, as an operator would write it. */
function configuration(setup: AspisSetup, data: string): string {
  const { port } = setup
  const open = `insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER, INVITE, OPTIONS]
    because: this load asks for no credentials, from either server
`
  return `domains: [${[DOMAIN, ...(setup.moreDomains ?? [])].join(', ')}]
listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}, tls://127.0.0.1:${port + 1}]
data: ${data}
admin: ${setup.adminPort === undefined ? 'off' : `http://127.0.0.1:${setup.adminPort}`}
log: {level: error}
timers: {drain: 1s}
${setup.workers === undefined ? '' : `workers: ${setup.workers}\n`}${setup.isDigest ? '' : open}`
}
