import { spawn, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account, Target } from '../../src/audit/target.ts'
import { testFolder } from './edge-process.ts'
import { freePorts } from './sip-peer.ts'

const STOCK = '/etc/kamailio/kamailio.cfg'

/** Kamailio as Debian configures it, with WITH_AUTH. */
export interface StockKamailio {
  /** `kamailio 5.6.3 (x86_64/linux)`. */
  readonly version: string
  readonly target: Target
  stop(): Promise<void>
}

/** Why it cannot be started here; false when it can. */
export function missingStockKamailio(): string | false {
  const modules = globSync('/usr/lib/*/kamailio/modules/db_text.so')
  return modules.length > 0 && existsSync(STOCK)
    ? false
    : `needs Debian's kamailio with ${STOCK}, which this machine does not have`
}

/** Its own configuration is included as it lies there; accounts stand in files, since it wants some database. */
export async function startStockKamailio(
  domain: string,
  accounts: readonly Account[],
  knownUser: string,
): Promise<StockKamailio> {
  const [port = 0] = await freePorts(1)
  const folder = testFolder('kamailio')
  const database = join(folder, 'db')
  const run = join(folder, 'run')
  for (const each of [database, run, '/run/kamailio']) mkdirSync(each, { recursive: true })
  const users = [...accounts, { user: knownUser, password: 'nobody guesses this one' }]
  const rows = users.map(({ user, password }, at) => `${at + 1}:${user}:${domain}:${password}::`)
  const columns =
    'id(int,auto) username(string) domain(string) password(string) ha1(string,null) ha1b(string,null)'
  writeFileSync(join(database, 'subscriber'), [columns, ...rows, ''].join('\n'))
  writeFileSync(join(database, 'version'), 'table_name(string) table_version(int)\nsubscriber:7\n')
  const [modules = ''] = globSync('/usr/lib/*/kamailio/modules')
  const config = join(folder, 'kamailio.cfg')
  const lines = [
    '#!KAMAILIO',
    '#!define WITH_AUTH',
    `#!define DBURL "text://${database}"`,
    `listen=udp:127.0.0.1:${port}`,
    `listen=tcp:127.0.0.1:${port}`,
    `alias="${domain}"`,
    `mpath="${modules}/"`,
    'loadmodule "db_text.so"',
    // Its places in /run belong to a service that may run.
    `include_file "${STOCK}"`,
    `modparam("jsonrpcs", "fifo_name", "${join(run, 'rpc.fifo')}")`,
    `modparam("jsonrpcs", "dgram_socket", "${join(run, 'rpc.sock')}")`,
    `modparam("ctl", "binrpc", "unix:${join(run, 'ctl')}")`,
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const child = spawn('kamailio', ['-f', config, '-DD', '-E', '-m', '64', '-M', '8', '-w', run, '-Y', run], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-100_000)
  })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
  }
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    if (existsSync(join(run, 'rpc.sock'))) {
      const target = { ip: '127.0.0.1', domain, ports: { UDP: port, TCP: port }, accounts, knownUser }
      const { stdout } = spawnSync('kamailio', ['-V'], { encoding: 'utf8' })
      return { version: stdout.split('\n')[0]?.replace('version: ', '').trim() ?? '', target, stop }
    }
    await new Promise(done => setTimeout(done, 50))
  }
  await stop()
  throw new Error(`kamailio did not start\n${output}`)
}
