import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Account, Target } from '../audit/target.ts'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import { makeAccount, withStore } from '../server/admin/accounts.ts'
import { loadConfig } from '../server/config/load.ts'
import { pkiFiles } from '../server/pki/authority.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

const READY_MS = 20_000
const STOP_MS = 3_000

/** A server of the demonstration. */
export interface DemoServer {
  readonly target: Target
  stop(): Promise<void>
}

/** What the demonstration's Aspis is started with. */
export interface DemoSetup {
  /** Empty, for its configuration, data and log. */
  readonly folder: string
  readonly domain: string
  /** The auditor's. */
  readonly accounts: readonly Account[]
  /** Somebody else's. */
  readonly stranger: Account
}

/** `aspis serve` in a process of its own, on free ports of 127.0.0.1. @throws AspisError when it does not start */
export async function startDemoAspis({ folder, domain, accounts, stranger }: DemoSetup): Promise<DemoServer> {
  const [sip = 0, tls = 0, ws = 0, wss = 0, admin = 0] = await freePorts(5)
  const file = join(folder, 'aspis.yaml')
  const data = join(folder, 'data')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    file,
    [
      `domains: [${domain}]`,
      `listen: [${`udp:${sip} tcp:${sip} tls:${tls} ws:${ws} wss:${wss}`
        .split(' ')
        .map(each => each.replace(':', '://127.0.0.1:'))
        .join(', ')}]`,
      `data: ${data}`,
      `admin: http://127.0.0.1:${admin}`,
      'log: { format: json }',
      '# The kernel of this machine is left as it is.',
      'detection: { kernel: off }',
      '',
    ].join('\n'),
  )
  const { config } = loadConfig(file, {})
  await withStore(config, Date.now(), async store => {
    for (const { user, password } of [...accounts, stranger]) {
      await store.credentials.put(makeAccount(config, { user, domain }, new Secret(password), { md5: false }))
    }
  })
  const child = serve(folder, file)
  await ready(child, admin, folder)
  const target: Target = {
    ip: '127.0.0.1',
    domain,
    ports: { UDP: sip, TCP: sip, TLS: tls, WS: ws, WSS: wss },
    accounts,
    knownUser: stranger.user,
    ca: readFileSync(pkiFiles(data).authorityCertificate, 'utf8'),
    admin: `http://127.0.0.1:${admin}`,
  }
  return { target, stop: () => stop(child) }
}

function serve(folder: string, file: string): ChildProcess {
  const log = openSync(join(folder, 'aspis.log'), 'a')
  try {
    return fork(MAIN, ['serve', '-c', file], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', log, log, 'ipc'],
    })
  } finally {
    closeSync(log)
  }
}

async function ready(child: ChildProcess, admin: number, folder: string): Promise<void> {
  const until = performance.now() + READY_MS
  while (performance.now() < until && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${admin}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return
    await pause(50)
  }
  await stop(child)
  const said = readFileSync(join(folder, 'aspis.log'), 'utf8').slice(-2_000)
  throw new AspisError('ERR_ASPIS_DEMO_START', `the server of the demonstration did not start: ${said}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  // Calls that an attack left would be waited for.
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(late)
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}
