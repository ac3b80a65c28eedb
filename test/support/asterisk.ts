import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Account, Target } from '../../src/audit/target.ts'
import { freePorts } from './sip-peer.ts'
import { holder } from './stir.ts'

/** A root folder of a Debian that has Asterisk; `.ci/asterisk` makes one. */
const ROOT = process.env.ASPIS_ASTERISK ?? ''
const BINARY = '/usr/sbin/asterisk'
const HOME = '/srv/aspis'
const NEIGHBOUR_IP = '127.0.0.67'
const NUMBER = '15550100'

/** An Asterisk that runs, in its root folder and on our network. */
export interface Asterisk {
  readonly version: string
  readonly target: Target
  stop(): Promise<void>
}

/** Why there is no Asterisk for tests here; false when there is. */
export function missingAsterisk(): string | false {
  if (ROOT === '') return 'needs ASPIS_ASTERISK, a root folder with Asterisk: .ci/run asterisk makes one'
  if (process.getuid?.() !== 0) return 'needs root, to change the root folder'
  return existsSync(join(ROOT, BINARY)) ? false : `needs ${join(ROOT, BINARY)}`
}

/** Accounts with a telephone each, and a neighbour whose calls must be signed. */
export async function startAsterisk(
  domain: string,
  accounts: readonly Account[],
  knownUser: string,
): Promise<Asterisk> {
  const [port = 0, webPort = 0] = await freePorts(2)
  const home = join(ROOT, HOME)
  for (const each of ['etc', 'run', 'log', 'db', 'spool', 'keys', 'cache'])
    mkdirSync(join(home, each), { recursive: true })
  const root = holder(undefined, { isAuthority: true })
  const signer = holder(root, { name: 'SHAKEN 1234', providers: ['1234'], numbers: [NUMBER] })
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(home, 'etc', name), `${lines.join('\n')}\n`)
  writeFileSync(join(home, 'keys/roots.pem'), root.chain)
  write('asterisk.conf', directories())
  write('modules.conf', ['[modules]', 'autoload=yes'])
  write('logger.conf', ['[logfiles]', 'full => notice,warning,error'])
  write('rtp.conf', [])
  const users = [...accounts, { user: knownUser, password: 'nobody guesses this one' }]
  write('pjsip.conf', endpoints(domain, users, port))
  write('stir_shaken.conf', verification())
  write('extensions.conf', dialplan())
  // It looks its own name up for each call, and would wait for a name server.
  writeFileSync(join(ROOT, 'etc/hosts'), `127.0.0.1 localhost ${hostname()}\n`)
  const inside = (...command: string[]): string[] => [ROOT, ...command]
  spawnSync('chroot', inside('chown', '-R', 'asterisk:asterisk', HOME))
  const config = `${HOME}/etc/asterisk.conf`
  const child = spawn('chroot', inside(BINARY, '-f', '-U', 'asterisk', '-G', 'asterisk', '-C', config), {
    stdio: 'ignore',
  })
  const web = createServer((_, response) => response.end(signer.chain)).listen(webPort, '127.0.0.1')
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const stop = async (): Promise<void> => {
    web.close()
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
  }
  const ask = (command: string): string =>
    spawnSync('chroot', inside(BINARY, '-C', config, '-rx', command), { encoding: 'utf8' }).stdout
  for (let tries = 0; tries < 60 && child.exitCode === null; tries++) {
    await new Promise(done => setTimeout(done, 500))
    if (!ask('core waitfullybooted').includes('fully booted')) continue
    const stir = {
      ...{ key: signer.keyPem, certificate: signer.chain, url: `http://127.0.0.1:${webPort}/signer.pem` },
      ...{ number: NUMBER, domain: 'm.test', ip: NEIGHBOUR_IP },
    }
    const target: Target = {
      ip: '127.0.0.1',
      domain,
      ports: { UDP: port, TCP: port },
      accounts,
      knownUser,
      stir,
    }
    return { version: ask('core show version').split(' ').slice(0, 2).join(' '), target, stop }
  }
  await stop()
  throw new Error('asterisk was not ready in 30 s')
}

function directories(): string[] {
  return [
    '[directories]',
    `astetcdir => ${HOME}/etc`,
    'astmoddir => /usr/lib/x86_64-linux-gnu/asterisk/modules',
    'astvarlibdir => /var/lib/asterisk',
    'astdatadir => /usr/share/asterisk',
    `astdbdir => ${HOME}/db`,
    `astkeydir => ${HOME}/keys`,
    `astspooldir => ${HOME}/spool`,
    `astrundir => ${HOME}/run`,
    `astlogdir => ${HOME}/log`,
  ]
}

/** A call rings the phone of its name for 20 s; a text goes to the same phone. */
function dialplan(): string[] {
  const name = ['$', '{EXTEN}'].join('')
  const sender = ['$', '{MESSAGE(from)}'].join('')
  return [
    ...['[sip]', `exten => _.,1,Dial(PJSIP/${name},20)`],
    ...['[texts]', `exten => _.,1,MessageSend(pjsip:${name},${sender})`],
  ]
}

function endpoints(domain: string, users: readonly Account[], port: number): string[] {
  const transport = (name: string): string[] => [
    ...[`[${name}]`, 'type=transport', `protocol=${name}`, `bind=127.0.0.1:${port}`],
  ]
  const common = [
    'type=endpoint',
    'context=sip',
    'disallow=all',
    'allow=ulaw',
    'direct_media=no',
    'message_context=texts',
  ]
  return [
    ...['[global]', 'type=global', 'endpoint_identifier_order=username,ip', `default_realm=${domain}`],
    ...transport('udp'),
    ...transport('tcp'),
    ...users.flatMap(({ user, password }) => [
      ...[`[${user}]`, ...common, `auth=${user}`, `aors=${user}`],
      ...[`[${user}]`, 'type=auth', 'auth_type=digest', `username=${user}`, `password=${password}`],
      ...[`realm=${domain}`, 'supported_algorithms_uas=SHA-256,MD5'],
      ...[`[${user}]`, 'type=aor', 'max_contacts=5'],
    ]),
    ...['[neighbour]', ...common, 'stir_shaken_profile=strict'],
    ...['[neighbour]', 'type=identify', 'endpoint=neighbour', `match=${NEIGHBOUR_IP}`],
  ]
}

function verification(): string[] {
  return [
    ...['[verification]', 'global_disable = no', `cert_cache_dir = ${HOME}/cache`],
    ...[`ca_file = ${HOME}/keys/roots.pem`, 'load_system_certs = no'],
    ...['relax_x5u_port_scheme_restrictions = yes', 'relax_x5u_path_restrictions = yes'],
    ...['x5u_permit = 127.0.0.0/8', 'failure_action = reject_request', 'curl_timeout = 3'],
    ...['[strict]', 'type = profile', 'endpoint_behavior = verify', 'failure_action = reject_request'],
  ]
}
