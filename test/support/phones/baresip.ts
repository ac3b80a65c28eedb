import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Heard, listen, writeTone } from './tone.ts'
import { until } from './wait.ts'

/** How a baresip is set up. */
export interface BaresipSetup {
  readonly name: string
  readonly password: string
  readonly domain: string
  readonly namespace: string
  readonly ip: string
  readonly server: string
  /** Default: that of the transport. */
  readonly port?: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** File of the authority that it trusts. */
  readonly authority: string
  /** Folder for its files; made when it is not there. */
  readonly folder: string
  /** Frequency that it sends, a multiple of 10. */
  readonly hz: number
  /** It answers by itself; the default. */
  readonly isAnswering?: boolean
  /** Further parameters of the account, as `;mediaenc=srtp`. */
  readonly account?: string
  /** Further lines of the configuration. */
  readonly config?: readonly string[]
}

/** Something that happened, as its control interface tells it. */
export interface BaresipEvent {
  readonly type: string
  readonly param?: string
  readonly peeruri?: string
  readonly direction?: string
}

/** A running baresip. */
export interface Baresip {
  readonly uri: string
  readonly events: readonly BaresipEvent[]
  /** Runs a command of its menu: `dial`, `accept`, `hangup`, `hold`, `resume`, `transfer`. */
  command(command: string, params?: string): Promise<void>
  /** The next event of that type since the last one that was waited for. */
  saw(type: string, seconds?: number): Promise<BaresipEvent>
  /** Forgets what happened so far. */
  forget(): void
  /** Everything that it printed, with every SIP message. */
  output(): string
  /** What its recordings since the last call of this function hold of a tone; recordings end with their call. */
  heard(hz: number): Heard
  stop(): Promise<void>
}

/** Pipes standard input to the control port and back, inside the namespace. */
const PIPE = `const s=require('net').connect(4444,'127.0.0.1');s.on('error',()=>process.exit(1));
s.on('close',()=>process.exit(0));process.stdin.pipe(s);s.pipe(process.stdout)`

/** Starts a baresip and waits until it is registered. */
export async function startBaresip(setup: BaresipSetup): Promise<Baresip> {
  const { folder, namespace } = setup
  const recordings = join(folder, 'heard')
  mkdirSync(recordings, { recursive: true })
  writeTone(join(folder, 'tone.wav'), setup.hz, 30)
  writeFileSync(join(folder, 'contacts'), '')
  writeFileSync(join(folder, 'config'), configOf(setup, recordings))
  writeFileSync(join(folder, 'accounts'), `${accountOf(setup)}\n`)
  const child = spawn('ip', ['netns', 'exec', namespace, 'baresip', '-s', '-f', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = collect(child)
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  const events: BaresipEvent[] = []
  const report = (): string =>
    `${setup.name}: ${JSON.stringify(events.slice(-12))}\n${printed().slice(-3000)}`
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 3000)
    await ended
    clearTimeout(late)
  }
  try {
    await until('baresip is ready', () => printed().includes('baresip is ready'), report)
    const control = openControl(namespace, events)
    await control.ask('reginfo', '', '0')
    let seen = 0
    let played = 0
    let token = 0
    const phone: Baresip = {
      uri: `sip:${setup.name}@${setup.domain}`,
      events,
      async command(command, params = '') {
        const answer = control.ask(command, params, `${++token}`)
        if (!(await answer)) throw new Error(`${setup.name}: ${command} ${params} failed\n${report()}`)
      },
      async saw(type, seconds) {
        const at = await until(
          `${type} at ${setup.name}`,
          () => {
            const found = events.findIndex((event, i) => i >= seen && event.type === type)
            return found < 0 ? undefined : { found }
          },
          report,
          seconds,
        )
        seen = at.found + 1
        return events[at.found] ?? { type }
      },
      forget() {
        seen = events.length
        phone.heard(0)
      },
      output: printed,
      heard(hz) {
        const files = readdirSync(recordings).filter(each => each.endsWith('-dec.wav'))
        const fresh = files.sort().slice(played)
        played = files.length
        const parts = fresh.map(each => listen(join(recordings, each), hz))
        const sum = (pick: (part: Heard) => number): number =>
          parts.reduce((all, part) => all + pick(part), 0)
        return {
          seconds: sum(part => part.seconds),
          toneSeconds: sum(part => part.toneSeconds),
          silentSeconds: sum(part => part.silentSeconds),
          hz: Math.max(0, ...parts.map(part => part.hz)),
        }
      },
      stop: async () => {
        control.close()
        await stop()
      },
    }
    await until(`${setup.name} is registered`, () => / 200 OK .*\[\d+ binding/.test(printed()), report)
    return phone
  } catch (error) {
    await stop()
    throw error
  }
}

function configOf(setup: BaresipSetup, recordings: string): string {
  const modules = ['g711', 'uuid', 'aufile', 'aubridge', 'sndfile', 'srtp', 'dtls_srtp', 'ice']
  const lines = [
    'poll_method epoll',
    `sip_listen ${setup.ip}:6060`,
    `sip_cafile ${setup.authority}`,
    'net_interface eth0',
    'audio_player aubridge,nil',
    `audio_source aufile,${join(setup.folder, 'tone.wav')}`,
    'audio_alert aubridge,nil2',
    'rtp_ports 10000-10200',
    'module_path /usr/lib/baresip/modules',
    ...modules.map(each => `module ${each}.so`),
    'module_tmp account.so',
    ...['menu', 'contact', 'ctrl_tcp', 'debug_cmd'].map(each => `module_app ${each}.so`),
    'ctrl_tcp_listen 127.0.0.1:4444',
    `snd_path ${recordings}`,
    ...(setup.config ?? []),
  ]
  return `${lines.join('\n')}\n`
}

function accountOf(setup: BaresipSetup): string {
  const { name, domain, transport, server, password } = setup
  const port = setup.port ?? (transport === 'tls' ? 5061 : 5060)
  const answer = setup.isAnswering === false ? 'manual' : 'auto'
  const outbound = `"sip:${server}:${port};transport=${transport}"`
  const rest = `outbound=${outbound};answermode=${answer};regint=600${setup.account ?? ''}`
  return `<sip:${name}@${domain};transport=${transport}>;auth_pass=${password};${rest}`
}

function collect(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  // A line with the bit rate is written over and over during a call.
  return () => text.replaceAll(/[^\n]{0,40}audio=\d+\/\d+ \(bit\/s\)\s*/g, '')
}

interface Control {
  ask(command: string, params: string, token: string): Promise<boolean>
  close(): void
}

/** Commands and events are JSON objects in netstrings. */
function openControl(namespace: string, events: BaresipEvent[]): Control {
  const pipe = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', PIPE], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const waiting = new Map<string, (isDone: boolean) => void>()
  let buffered = ''
  pipe.stdout.on('data', (chunk: Buffer) => {
    buffered += chunk.toString('latin1')
    for (;;) {
      const colon = buffered.indexOf(':')
      const length = Number(buffered.slice(0, Math.max(colon, 0)))
      if (colon <= 0 || buffered.length < colon + length + 2) return
      const told = JSON.parse(buffered.slice(colon + 1, colon + 1 + length))
      buffered = buffered.slice(colon + length + 2)
      if (told.event === true) events.push(told)
      else waiting.get(told.token)?.(told.ok === true)
    }
  })
  return {
    ask: (command, params, token) =>
      new Promise(done => {
        waiting.set(token, done)
        const text = JSON.stringify({ command, params, token })
        pipe.stdin.write(`${text.length}:${text},`)
      }),
    close: () => pipe.kill(),
  }
}
