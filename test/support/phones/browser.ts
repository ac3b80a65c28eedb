import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeTone } from './tone.ts'
import { until } from './wait.ts'

/** How the browser phone is set up: JsSIP over WSS, the server's certificate checked. */
export interface BrowserSetup {
  readonly name: string
  readonly password: string
  readonly domain: string
  readonly namespace: string
  readonly authority: string
  readonly folder: string
  /** Frequency that its microphone hears. */
  readonly hz: number
  readonly isAnswering?: boolean
}

/** Port of the page; its origin has to be among the server's `ws-origins`. */
export const PAGE_PORT = 8099

/** A phone in headless Chromium. */
export interface Browser {
  readonly uri: string
  call(uri: string): Promise<void>
  answersBy(itself: boolean): Promise<void>
  answer(): Promise<void>
  hangUp(status?: number): Promise<void>
  hold(): Promise<void>
  resume(): Promise<void>
  transfer(uri: string): Promise<void>
  /** Waits for an event that begins like that, after what the last wait found. */
  saw(event: string, seconds?: number): Promise<string>
  /** Forgets what happened so far. */
  forget(): Promise<void>
  heard(): Promise<{ sent: number; packets: number; energy: number; seconds: number; cipher: string }>
  /** Loudest frequency of what it hears now. */
  loudest(): Promise<number>
  output(): string
  stop(): Promise<void>
}

/** Starts Chromium in its namespace, opens the phone and waits until it is registered. */
export async function startBrowser(setup: BrowserSetup): Promise<Browser> {
  const { folder, namespace, name, domain } = setup
  mkdirSync(folder, { recursive: true })
  const tone = join(folder, 'tone.wav')
  writeTone(tone, setup.hz, 30)
  trust(namespace, setup.authority)
  const host = join(import.meta.dirname, 'browser-host.ts')
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, host, `${PAGE_PORT}`, tone], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, HOME: folder },
  })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8')
  })
  const waiting = new Map<number, { done(result: unknown): void; fail(error: Error): void }>()
  createInterface({ input: child.stdout }).on('line', line => {
    const { id, result, error } = JSON.parse(line)
    if (error === undefined) waiting.get(id)?.done(result)
    else waiting.get(id)?.fail(new Error(`${name}: ${error}\n${printed.slice(-4000)}`))
  })
  child.once('exit', () => {
    for (const each of waiting.values())
      each.fail(new Error(`the browser has ended\n${printed.slice(-4000)}`))
  })
  const answerTo = (id: number): Promise<unknown> =>
    new Promise((done, fail) => waiting.set(id, { done, fail }))
  let asked = 0
  const ask = (method: string, ...args: readonly unknown[]): Promise<unknown> => {
    const id = ++asked
    child.stdin.write(`${JSON.stringify({ id, method, args })}\n`)
    return answerTo(id)
  }
  let events: string[] = []
  let seen = 0
  const stop = async (): Promise<void> => {
    child.stdin.end()
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(late)
  }
  try {
    await answerTo(0)
    await ask('register', `wss://${domain}:7443/`, `sip:${name}@${domain}`, setup.password)
    await ask('answersBy', setup.isAnswering ?? true)
    return {
      uri: `sip:${name}@${domain}`,
      call: async uri => void (await ask('call', uri)),
      answersBy: async itself => void (await ask('answersBy', itself)),
      answer: async () => void (await ask('answer')),
      hangUp: async status => void (await ask('hangUp', status)),
      hold: async () => void (await ask('hold')),
      resume: async () => void (await ask('resume')),
      transfer: async uri => void (await ask('transfer', uri)),
      async saw(event, seconds) {
        return await until(
          `${event} at ${name}`,
          () => {
            // The answer is looked at in the next round.
            ask('events').then(
              told => {
                events = told as string[]
              },
              () => {},
            )
            const found = events.findIndex((each, i) => i >= seen && each.startsWith(event))
            if (found < 0) return undefined
            seen = found + 1
            return events[found]
          },
          () => `${name}: ${events.join(', ')}\n${printed.slice(-4000)}`,
          seconds,
        )
      },
      async forget() {
        events = (await ask('events')) as string[]
        seen = events.length
      },
      heard: async () => (await ask('heard')) as Awaited<ReturnType<Browser['heard']>>,
      loudest: async () => Number(await ask('loudest')),
      output: () => printed,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A policy of the machine that holds inside this namespace only. @see `ip netns exec`, on /etc/netns */
function trust(namespace: string, authority: string): void {
  const policies = join('/etc/netns', namespace, 'chromium/policies/managed')
  mkdirSync(policies, { recursive: true })
  const der = readFileSync(authority, 'latin1').replaceAll(/-----[A-Z ]+-----|\s/g, '')
  writeFileSync(join(policies, 'authority.json'), JSON.stringify({ CACertificates: [der] }))
}
