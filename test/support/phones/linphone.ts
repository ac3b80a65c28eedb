import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Heard, listen, writeTone } from './tone.ts'
import { until } from './wait.ts'

/** How a linphonec is set up: always TLS, the server's certificate checked. */
export interface LinphoneSetup {
  readonly name: string
  readonly password: string
  readonly domain: string
  readonly namespace: string
  readonly authority: string
  readonly folder: string
  readonly hz: number
  readonly isAnswering?: boolean
  /** `none` when left out. */
  readonly encryption?: 'none' | 'srtp' | 'dtls'
}

/** A running linphonec. */
export interface Linphone {
  readonly uri: string
  /** Types a command: `call`, `answer`, `terminate`, `pause`, `resume`, `transfer`. */
  type(command: string): void
  /** Waits for that state of a call or the registration in its log, after what the last wait found. */
  saw(state: string, seconds?: number): Promise<void>
  /** Forgets what happened so far. */
  forget(): void
  output(): string
  /** Its log, with every SIP message. */
  log(): string
  /** Final status of the last request that failed since `forget`, 401 and 407 apart. */
  refusal(): string | undefined
  /** Records what it hears into a new file, and sends its tone: to be typed during a call. */
  record(): void
  heard(hz: number): Heard
  stop(): Promise<void>
}

/** Starts a linphonec and waits until it is registered. */
export async function startLinphone(setup: LinphoneSetup): Promise<Linphone> {
  const { folder } = setup
  for (const each of ['.local/share/linphone', '.config/linphone']) {
    mkdirSync(join(folder, each), { recursive: true })
  }
  const tone = join(folder, 'tone.wav')
  const logFile = join(folder, 'log')
  writeTone(tone, setup.hz, 30)
  writeFileSync(join(folder, 'rc'), configOf(setup))
  const flags = ['-c', join(folder, 'rc'), '-d', '6', '-l', logFile]
  const answer = setup.isAnswering === false ? [] : ['-a']
  const child = spawn(
    'ip',
    ['netns', 'exec', setup.namespace, 'stdbuf', '-oL', 'linphonec', ...answer, ...flags],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, HOME: folder },
    },
  )
  let printed = ''
  const add = (chunk: Buffer): void => {
    printed += chunk.toString('latin1')
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'latin1') : '')
  const report = (): string => `${setup.name}: ${printed.slice(-3000)}\n${log().slice(-6000)}`
  const type = (command: string): void => {
    child.stdin.write(`${command}\n`)
  }
  let seen = 0
  let remembered = 0
  const saw = async (state: string, seconds?: number): Promise<void> => {
    const pattern = new RegExp(`moving from state .* to \\[?Linphone${state}`)
    seen += await until(
      `${state} at ${setup.name}`,
      () => {
        const found = pattern.exec(log().slice(seen))
        return found === null ? undefined : found.index + found[0].length
      },
      report,
      seconds,
    )
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) type('quit')
    const late = setTimeout(() => child.kill('SIGKILL'), 4000)
    await ended
    clearTimeout(late)
  }
  let recordings = 0
  try {
    await saw('RegistrationOk')
    type('soundcard use files')
    return {
      uri: `sip:${setup.name}@${setup.domain}`,
      type,
      saw,
      forget() {
        seen = log().length
        remembered = seen
      },
      refusal: () => {
        const statuses = log()
          .slice(remembered)
          .matchAll(/^SIP\/2\.0 ([3-6]\d\d) /gm)
        return [...statuses].map(([, status]) => status).findLast(each => each !== '401' && each !== '407')
      },
      output: () => printed,
      log,
      record() {
        recordings++
        type(`record ${join(folder, `heard-${recordings}.wav`)}`)
        type(`play ${tone}`)
      },
      heard: hz => listen(join(folder, `heard-${recordings}.wav`), hz),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function configOf(setup: LinphoneSetup): string {
  const { name, password, domain, authority } = setup
  return `[sip]
sip_port=0
sip_tcp_port=0
sip_tls_port=-2
verify_server_certs=1
verify_server_cn=1
root_ca=${authority}
default_proxy=0
inc_timeout=3
media_encryption=${setup.encryption ?? 'none'}
[rtp]
rtcp_mux=1
[nat_policy_0]
ref=none
protocols=ice
[net]
nat_policy_ref=none
dns_srv_enabled=0
[proxy_0]
reg_proxy=<sip:${domain}:5061;transport=tls>
reg_route=<sip:${domain}:5061;transport=tls;lr>
reg_identity=sip:${name}@${domain}
reg_expires=600
reg_sendregister=1
[auth_info_0]
username=${name}
passwd=${password}
realm=${domain}
domain=${domain}
`
}
