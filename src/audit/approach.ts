import { setTimeout as pause } from 'node:timers/promises'
import { type Probe, probe, type Sighting } from './approach-probe.ts'
import { control } from './control.ts'
import { groundOf } from './ground.ts'
import { Heard } from './heard.ts'
import { hostPort } from './line/place.ts'
import { oneLine } from './report/plain.ts'
import { say, token } from './saying.ts'
import type { Target, Transport } from './target.ts'

/** Whether a target can be audited. */
export type Approached =
  | {
      /** With the ports that answer. */
      readonly target: Target
      /** What it says it is, in Server or User-Agent. */
      readonly server?: string
      /** Ports that were named and do not answer, in sentences. */
      readonly warnings: readonly string[]
    }
  | {
      /** One sentence. */
      readonly problem: string
    }

/** Asked that often over UDP, then given up. */
const ASKED_AT_MS = [0, 500, 1_500, 3_500]
const GIVEN_UP_AT_MS = 6_000

/** Who says something else is given that long to say an answer too. */
const GARBAGE_MS = 2_000

/** An answer is looked at that long: what goes on sending is no answer. */
const WATCHED_MS = 300

/** A server says two or three things to a question; more is a flood. */
const MAX_PIECES = 100
const MAX_OCTETS = 512 * 1024

/** What one port turned out to be. */
type Seen =
  | { readonly kind: 'sip'; readonly server?: string }
  | { readonly kind: 'closed' | 'silent' | 'flood' | 'garbage'; readonly sentence: string }

/**
 * Looks whether somebody at the target speaks SIP, on every port that it names, and whether it serves honest users. It
 * takes some seconds at most, and keeps nothing of what floods back.
 * @param isUsual the ports are guessed: those that do not answer are left out without a word
 */
export async function approach(target: Target, isUsual = false): Promise<Approached> {
  const transports = TRANSPORTS.filter(each => target.ports[each] !== undefined)
  const seen = await Promise.all(transports.map(async each => [each, await look(target, each)] as const))
  const speaking = seen.flatMap(([transport, what]) => (what.kind === 'sip' ? [{ transport, ...what }] : []))
  const silent = seen.flatMap(([, what]) => (what.kind === 'sip' ? [] : [what]))
  if (speaking.length === 0) return { problem: worst(silent, target) }
  const flood = silent.find(({ kind }) => kind === 'flood')
  if (flood !== undefined) return { problem: flood.sentence }
  const ports = Object.fromEntries(
    speaking.map(({ transport }) => [transport, target.ports[transport]] as const),
  )
  const reached: Target = { ...target, ports }
  const problem = await control(groundOf(reached, Number.POSITIVE_INFINITY))
  if (problem !== undefined) {
    return { problem: `the target speaks SIP, but an honest user is not served: ${oneLine(problem)}` }
  }
  const server = speaking.find(each => each.server !== undefined)?.server
  return {
    target: reached,
    ...(server === undefined ? {} : { server }),
    warnings: isUsual ? [] : silent.map(({ sentence }) => `${sentence}; what needs it is skipped`),
  }
}

const TRANSPORTS: readonly Transport[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS']

/** The most telling of several reasons. */
function worst(reasons: readonly Exclude<Seen, { kind: 'sip' }>[], target: Target): string {
  for (const kind of ['flood', 'garbage', 'silent', 'closed'] as const) {
    const found = reasons.find(each => each.kind === kind)
    if (found !== undefined) return found.sentence
  }
  return `${target.ip} has no port that could be asked`
}

/** Asks one port with OPTIONS (RFC 3261 §11), then with REGISTER, and says what it is. */
async function look(target: Target, transport: Transport): Promise<Seen> {
  const port = target.ports[transport] ?? 0
  const where = `${transport} ${hostPort({ ip: target.ip, port })}`
  const callId = token()
  const user = target.accounts[0]?.user ?? 'audit'
  const aor = `sip:${user}@${target.domain}`
  const question = (sentBy: string, at: number): string =>
    say(
      { aor, contact: `sip:${user}@${sentBy.split(' ')[1]}`, sentBy },
      // A registrar may answer nothing but what it is there for.
      at < 2
        ? { method: 'OPTIONS', uri: `sip:${target.domain}`, callId }
        : { method: 'REGISTER', uri: `sip:${target.domain}`, to: aor, contact: false, callId },
    )
  const opened: { probe?: Probe } = {}
  const asked = probe(
    { ip: target.ip, port, transport, domain: target.domain, webSocketPath: target.webSocketPath ?? '/' },
    ready => {
      opened.probe = ready
    },
  )
  try {
    const answer = await listen(asked.seen, callId, at => {
      if (at !== 1 || transport === 'UDP') opened.probe?.send(question(asked.sentBy, at))
      return opened.probe !== undefined
    })
    if (isFlood(asked.seen)) return floodOf(where, asked.seen)
    if (answer !== undefined) {
      await pause(WATCHED_MS)
      if (isFlood(asked.seen)) return floodOf(where, asked.seen)
      const server = answer.header('Server') || answer.header('User-Agent')
      return { kind: 'sip', ...(server === '' ? {} : { server: oneLine(server.slice(0, 120)) }) }
    }
    return failure(where, asked.seen)
  } finally {
    asked.close()
  }
}

/** Asks as often as it needs, and waits. @param ask whether it could be asked @returns the answer, if one came */
async function listen(
  seen: Sighting,
  callId: string,
  ask: (at: number) => boolean,
): Promise<Heard | undefined> {
  const beganMs = performance.now()
  let asked = 0
  let spokeAtMs: number | undefined
  for (;;) {
    const nowMs = performance.now() - beganMs
    if (nowMs >= (ASKED_AT_MS[asked] ?? Number.POSITIVE_INFINITY) && ask(asked)) asked++
    const answer = answerIn(seen.beginning, callId)
    if (answer !== undefined || isFlood(seen) || nowMs > GIVEN_UP_AT_MS) return answer
    if (seen.octets > 0) spokeAtMs ??= nowMs
    if (spokeAtMs !== undefined && nowMs - spokeAtMs > GARBAGE_MS) return undefined
    if (seen.isClosed || (seen.isRefused && !seen.isOpen)) return answer
    await pause(20)
  }
}

/** A final response to our request among what came. */
function answerIn(beginning: string, callId: string): Heard | undefined {
  for (const part of beginning.split('SIP/2.0 ').slice(1, 20)) {
    const heard = new Heard(`SIP/2.0 ${part}`, { ip: '', port: 0 }, 0)
    if (heard.status >= 200 && heard.callId === callId && heard.text.includes('\r\n\r\n')) return heard
  }
  return undefined
}

function isFlood({ pieces, octets }: Sighting): boolean {
  return pieces > MAX_PIECES || octets > MAX_OCTETS
}

function floodOf(where: string, { pieces, octets }: Sighting): Seen {
  const sentence = `${where} floods back: ${pieces} pieces, ${octets} octets came for one question`
  return { kind: 'flood', sentence }
}

function failure(where: string, seen: Sighting): Seen {
  if (seen.octets > 0) {
    const beginning = oneLine(seen.beginning.slice(0, 40))
    const sentence = `${where} answers, but not with SIP: it said "${beginning}"`
    return { kind: 'garbage', sentence }
  }
  if (seen.isRefused) return { kind: 'closed', sentence: `nobody listens on ${where}: the port is closed` }
  if (seen.isOpen && seen.isClosed)
    return { kind: 'garbage', sentence: `${where} closed the connection without an answer` }
  const how = seen.isOpen ? 'takes connections, but never answers' : 'never answers'
  return {
    kind: 'silent',
    sentence: `${where} ${how}: no answer to OPTIONS and REGISTER within ${GIVEN_UP_AT_MS / 1_000} s`,
  }
}
