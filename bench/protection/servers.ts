import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { must } from '../harness/ground.ts'
import { MAIN, NODE_FLAGS, SERVER_FLAGS } from '../harness/paths.ts'
import { runTimeOf, treeOf } from '../harness/proc.ts'
import { type Arena, REALM, type Running, SERVER } from './arena.ts'

/** Who is attacked. */
export const CONTESTANTS = ['aspis', 'aspis-kernel', 'kamailio'] as const
export type Contestant = (typeof CONTESTANTS)[number]

export const NAMES: Readonly<Record<Contestant, string>> = {
  aspis: 'Aspis, user space',
  'aspis-kernel': 'Aspis, kernel lane',
  kamailio: 'Kamailio, anti-flood',
}

/** A server in the arena. */
export interface Defender {
  readonly contestant: Contestant
  pids(): readonly number[]
  /** Resident memory of all its processes, in octets. */
  residentBytes(): number
  cpuUs(): number
  /** Every metric by its line; none of Kamailio. */
  metrics(): Readonly<Record<string, number>>
  /** Lines of its log that tell of an event, with their time in ms since 1970. */
  events(name: string): readonly { readonly atMs: number; readonly line: string }[]
  /** Networks that the kernel drops for it now. */
  kernelBans(): readonly string[]
  stop(): Promise<void>
}

const ACCOUNTS = 2100
const READY_MS = 60_000
const ADMIN = 'http://127.0.0.1:9090'

/** Starts one with nothing registered. */
export function startDefender(arena: Arena, contestant: Contestant): Promise<Defender> {
  return contestant === 'kamailio' ? startKamailio(arena) : startAspis(arena, contestant)
}

async function startAspis(arena: Arena, contestant: Contestant): Promise<Defender> {
  const folder = arena.path(contestant)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const file = join(folder, 'aspis.yaml')
  writeFileSync(
    file,
    `domains: [${REALM}]
listen: [udp://${SERVER.ip}:${SERVER.port}]
data: ${join(folder, 'data')}
admin: ${ADMIN}
log: {level: info, format: json}
timers: {drain: 0s}
detection: {kernel: ${contestant === 'aspis-kernel' ? 'on' : 'off'}}
`,
  )
  const command = [process.execPath, ...NODE_FLAGS, join(arena.tree, MAIN)]
  const rows = Array.from({ length: ACCOUNTS }, (_, n) => `${userName(n)},pw-${userName(n)}-bench\n`)
  writeFileSync(join(folder, 'accounts.csv'), `user,password\n${rows.join('')}`)
  const [program = '', ...args] = command
  must(program, ...args, 'user', 'import', join(folder, 'accounts.csv'), '-c', file)
  const running = arena.serve([
    process.execPath,
    ...SERVER_FLAGS,
    join(arena.tree, MAIN),
    'serve',
    '-c',
    file,
  ])
  const curl = (path: string): string => arena.beside(['curl', '-s', '-m', '10', `${ADMIN}${path}`])
  await until(running, () => running.errors().includes('"serving"'))
  const defender = processOf(arena, contestant, running)
  return {
    ...defender,
    metrics: () => readMetrics(curl('/metrics')),
    events: name => eventsIn(running.errors(), name),
    kernelBans: () => bannedIn(arena.beside(['nft', 'list', 'ruleset'])),
  }
}

/** As its own sample configuration guards it: `pike` bans for five minutes who sends more than 16 requests in 2 s. */
async function startKamailio(arena: Arena): Promise<Defender> {
  const folder = arena.path('kamailio')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const file = join(folder, 'kamailio.cfg')
  writeFileSync(file, kamailioConfig())
  const pidFile = join(folder, 'pid')
  const running = arena.serve([
    ...[
      'kamailio',
      '-f',
      file,
      '-DD',
      '-E',
      '-m',
      '1024',
      '-M',
      '32',
      '-P',
      pidFile,
      '-Y',
      folder,
      '-w',
      folder,
    ],
    ...['-x', 'tlsf', '-X', 'tlsf'],
  ])
  await until(running, () => running.errors().includes('READY'))
  await sleep(1000)
  const pid = Number(readFileSync(pidFile, 'utf8'))
  return {
    ...processOf(arena, 'kamailio', running, pid),
    metrics: () => ({}),
    events: () => [],
    kernelBans: () => [],
  }
}

function processOf(
  arena: Arena,
  contestant: Contestant,
  running: Running,
  pid = running.child.pid ?? 0,
): Pick<Defender, 'contestant' | 'pids' | 'residentBytes' | 'cpuUs' | 'stop'> {
  const pids = (): readonly number[] => treeOf(pid)
  return {
    contestant,
    pids,
    residentBytes: () => pids().reduce((sum, each) => sum + residentOf(each), 0),
    cpuUs: () => runTimeOf(pids()),
    stop: () => arena.end(running),
  }
}

async function until(running: Running, isReady: () => boolean): Promise<void> {
  const lastMs = Date.now() + READY_MS
  while (!isReady()) {
    if (Date.now() > lastMs || running.child.exitCode !== null)
      throw new Error(`the server does not start: ${running.errors().slice(-1000)}`)
    await sleep(50)
  }
}

function residentOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

function readMetrics(text: string): Record<string, number> {
  const values: Record<string, number> = {}
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ')
    if (at > 0 && !line.startsWith('#')) values[line.slice(0, at)] = Number(line.slice(at + 1))
  }
  return values
}

function eventsIn(log: string, name: string): { atMs: number; line: string }[] {
  return log
    .split('\n')
    .filter(line => line.includes(`"event":"${name}"`))
    .map(line => ({ atMs: Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? ''), line }))
}

function bannedIn(ruleset: string): string[] {
  return [...ruleset.matchAll(/set banned\w+ \{[^}]*?elements = \{([^}]*)\}/g)].flatMap(([, list = '']) =>
    list.split(',').map(each => each.trim().split(' ')[0] ?? ''),
  )
}

function userName(n: number): string {
  return `u${String(n).padStart(5, '0')}`
}

function kamailioConfig(): string {
  const modules = globSync('/usr/lib/*/kamailio/modules')[0]
  const names = [
    'tm',
    'sl',
    'rr',
    'pv',
    'maxfwd',
    'usrloc',
    'registrar',
    'siputils',
    'textops',
    'xlog',
    'auth',
  ]
  return `#!KAMAILIO
debug=-1
log_stderror=yes
children=4
disable_tcp=yes
auto_aliases=no
alias="${REALM}"
dns=no
rev_dns=no
sip_warning=no
listen=udp:${SERVER.ip}:${SERVER.port}
mpath="${modules}/"
${[...names, 'sanity', 'pike', 'htable'].map(name => `loadmodule "${name}.so"`).join('\n')}
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", 16)
modparam("pike", "remove_latency", 4)
modparam("htable", "htable", "banned=>size=16;autoexpire=300;")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 3600)
modparam("tm", "fr_timer", 5000)
modparam("tm", "fr_inv_timer", 60000)
modparam("auth", "nonce_expire", 300)
event_route[core:worker-one-init] { xlog("L_ALERT", "READY\\n"); }
request_route {
  if ($sht(banned=>$si) != $null) exit;
  if (!pike_check_req()) { $sht(banned=>$si) = 1; exit; }
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!sanity_check("17895", "7")) exit;
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not Here"); exit;
  }
  if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
  if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${REALM}", "pw-$au-bench", "0")) { www_challenge("${REALM}", "1"); exit; }
    if ($au != $tU) { sl_send_reply("403", "Forbidden"); exit; }
    save("location");
    exit;
  }
  if (!pv_proxy_authenticate("${REALM}", "pw-$au-bench", "0")) { proxy_challenge("${REALM}", "1"); exit; }
  if ($au != $fU) { sl_send_reply("403", "Forbidden"); exit; }
  consume_credentials();
  record_route();
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_relay();
}
`
}
