import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Account, Target } from '../target.ts'
import type { HouseSetup } from './house.ts'

const MAIN = fileURLToPath(new URL('./weak-main.ts', import.meta.url))

/** One that says nothing for so long hangs, and is started anew. */
const MAX_SILENT_MS = 5_000

/** Memory that it may fill before it dies, so that the machine lives. */
const MAX_HEAP_MB = 256

/** What the weak server is started with. */
export interface WeakOptions {
  readonly domain: string
  readonly accounts: readonly Account[]
  /** Exists besides the accounts; its password is its name. */
  readonly knownUser: string
  /** Who is asked for names, on this machine: `127.0.0.1:53`. */
  readonly nameServer?: string
  /** Who is asked for users that are not known, on this machine: `127.0.0.1:1812`. */
  readonly radiusServer?: string
}

/** A server with every protection off, for demonstrations and for proofs that attacks work; on loopback only. */
export interface WeakServer {
  readonly target: Target
  /** Of its process now. */
  pid(): number
  stop(): Promise<void>
}

/** Starts it on ports of its own choice on 127.0.0.1; its process is started again whenever it dies. */
export async function startWeakServer(options: WeakOptions): Promise<WeakServer> {
  const { domain, accounts, knownUser, ...around } = options
  const users = [...accounts, { user: knownUser, password: knownUser }]
  let isStopped = false
  const first = start({
    ...around,
    domain,
    accounts: users,
    ports: { SIP: 0, TLS: 0, WS: 0, admin: 0, tftp: 0, http: 0, telnet: 0, diameter: 0 },
  })
  let { child } = first
  const ports = await first.serving
  const again = (): void => {
    if (isStopped) return
    child = start({ ...around, domain, accounts: users, ports }).child
    child.once('exit', again)
  }
  child.once('exit', again)
  const target: Target = {
    ip: '127.0.0.1',
    domain,
    ports: { UDP: ports.SIP, TCP: ports.SIP, TLS: ports.TLS, WS: ports.WS },
    accounts,
    knownUser,
    admin: `http://127.0.0.1:${ports.admin}`,
    diameter: { host: '127.0.0.1', port: ports.diameter, realm: domain },
    phone: {
      host: '127.0.0.1',
      tftpPort: ports.tftp,
      httpPort: ports.http,
      telnetPort: ports.telnet,
    },
  }
  return {
    target,
    pid: () => child.pid ?? 0,
    async stop() {
      isStopped = true
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

interface Started {
  readonly child: ChildProcess
  /** Where it listens. */
  readonly serving: Promise<HouseSetup['ports']>
}

function start(setup: HouseSetup): Started {
  const child = fork(MAIN, [], {
    execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${MAX_HEAP_MB}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child.send(setup)
  const watch = setTimeout(() => child.kill('SIGKILL'), MAX_SILENT_MS)
  const serving = Promise.withResolvers<HouseSetup['ports']>()
  child.on('message', (ports: HouseSetup['ports']) => {
    watch.refresh()
    serving.resolve(ports)
  })
  child.once('exit', () => {
    clearTimeout(watch)
    serving.reject(new Error('the weak server did not start'))
  })
  // Who starts it again waits for nothing.
  serving.promise.catch(() => {})
  return { child, serving: serving.promise }
}
