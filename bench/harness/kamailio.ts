import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Transport } from '../figures.ts'
import { type Ground, must, SERVER_CPU } from './ground.ts'
import { HARNESS } from './paths.ts'
import { treeOf } from './proc.ts'
import { type RunningServer, stopChild } from './server.ts'

/** How Kamailio is set up for one workload. */
export interface KamailioSetup {
  readonly transport: Transport
  readonly isDigest: boolean
  readonly isStateless: boolean
  readonly port: number
}

const READY_MS = 15_000
/** From the first process to the last: the process file is written before its workers are all there. */
const SETTLE_MS = 1500

/**
 * Starts Kamailio as its harness does: one worker, memory of its own allocator `tlsf`, and no logging.
 * @throws Error when it does not come up
 */
export async function startKamailio(ground: Ground, setup: KamailioSetup): Promise<RunningServer> {
  const { port, transport } = setup
  const folder = ground.path(`kamailio-${port}`)
  mkdirSync(folder, { recursive: true })
  const original = readFileSync(join(HARNESS, 'kamailio/bench.cfg'), 'utf8')
  const file = join(folder, 'kamailio.cfg')
  writeFileSync(file, original.replaceAll('/tmp/performance', folder))
  if (transport === 'tls') makeCertificate(join(folder, 'tls'))
  const defines = ['WORKERS=1', `PORT=${port}`, `TLSPORT=${port + 1}`]
  if (setup.isDigest) defines.push('WITH_AUTH')
  if (setup.isStateless) defines.push('STATELESS')
  if (transport === 'tcp') defines.push('WITH_TCP')
  if (transport === 'tls') defines.push('WITH_TLS')
  const pidFile = join(folder, 'pid')
  const child = ground.start(SERVER_CPU, [
    ...['kamailio', '-f', file, '-DD', '-E', '-m', '2048', '-M', '64', '-P', pidFile, '-Y', folder],
    ...['-x', 'tlsf', '-X', 'tlsf', ...defines.flatMap(define => ['-A', define])],
  ])
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    if (said.length < 4096) said += part.toString()
  })
  child.stdout?.resume()
  const untilMs = Date.now() + READY_MS
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8').trim() === '') {
    if (Date.now() > untilMs || child.exitCode !== null) throw new Error(`kamailio does not start: ${said}`)
    await sleep(50)
  }
  await sleep(SETTLE_MS)
  const pid = Number(readFileSync(pidFile, 'utf8'))
  const pids = (): readonly number[] => treeOf(pid)
  return {
    target: which => ({ at: `127.0.0.1:${which === 'tls' ? port + 1 : port}`, pids: pids() }),
    pids,
    stop: () => stopChild(child),
  }
}

function makeCertificate(folder: string): void {
  mkdirSync(folder, { recursive: true })
  must(
    'openssl',
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-subj', '/CN=bench.test'],
    ...['-addext', 'subjectAltName=DNS:bench.test'],
  )
}
