import { existsSync, readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join, resolve } from 'node:path'

/** Where messages that nobody here wrote lie, beside the checkout; never copied into it. */
export const CORPUS = resolve(import.meta.dirname, '../../../shared/corpus')

/** For the `skip` of a test: false when the corpus is here, else a line that says what is missing. */
export function missingCorpus(): string | false {
  const isHere = existsSync(join(CORPUS, 'manifest.json'))
  return isHere ? false : 'needs the corpus in ../shared/corpus, which is not beside this checkout'
}

/** What an edge that serves none of the named users may answer: `400`, `4xx`, `any`, `silent`, `close`. */
export interface Expectation {
  readonly exact: readonly string[]
  readonly allow: readonly string[]
  readonly never: readonly string[]
}

/** One message of the manifest. */
export interface CorpusCase {
  readonly id: string
  readonly file: string
  readonly kind: 'request' | 'response' | 'garbage'
  readonly validity: string
  readonly template?: boolean
  readonly transport?: readonly string[]
  readonly expect: Expectation
  readonly check: readonly string[]
}

/** What happened to one message. */
export interface Observation {
  readonly id: string
  readonly transport: 'udp' | 'tcp'
  readonly bytesIn: number
  /** Octets that its sender got over UDP. */
  readonly bytesOut: number
  /** Statuses that its sender got, in their order; `other` for what is not a response of SIP. */
  readonly got: readonly string[]
  readonly isClosed: boolean
  /** An OPTIONS sent after it, from elsewhere, was answered with 200. */
  readonly isAlive: boolean
  /** Requests that the sender got: a proxy that forwards to whoever asks. */
  readonly requests: readonly string[]
}

/** Something that left for neither a sender nor a probe. */
export interface Stray {
  readonly to: string
  readonly what: string
}

/** What a run of `corpus-runner.ts` prints. */
export interface CorpusReport {
  readonly observations: readonly Observation[]
  readonly strays: readonly Stray[]
  /** Resident memory of the server after each round, in KiB. */
  readonly residentKib: readonly number[]
  readonly seconds: number
  /** Lines of level error that the server wrote. */
  readonly errors: readonly string[]
}

/** What a server is known by, for templates. */
export interface TemplateFacts {
  readonly host: string
  readonly port: number
  readonly sourceIp: string
  readonly sourcePort: number
  readonly domain: string
  readonly token: string
}

/** Every message of the corpus. */
export function corpusCases(): readonly CorpusCase[] {
  const manifest: { readonly cases: readonly CorpusCase[] } = JSON.parse(
    readFileSync(join(CORPUS, 'manifest.json'), 'utf8'),
  )
  return manifest.cases
}

/** The bytes of a message, with the places of a template filled. */
export function bytesOf(each: CorpusCase, facts: TemplateFacts): Buffer {
  const bytes = readFileSync(join(CORPUS, each.file))
  if (each.template !== true) return bytes
  const text = bytes
    .toString('latin1')
    .replaceAll('@HOST@', facts.host)
    .replaceAll('@PORT@', String(facts.port))
    .replaceAll('@SRC@', facts.sourceIp)
    .replaceAll('@SPORT@', String(facts.sourcePort))
    .replaceAll('@DOM@', facts.domain)
    .replaceAll('@R@', facts.token)
  const isBroken = each.file.startsWith('attacks/framing/') || each.file.startsWith('attacks/garbage/')
  return Buffer.from(isBroken ? text : withLength(text), 'latin1')
}

/** Host names of Request-URI, To and From, for a server that is to serve them. */
export function domainsOf(cases: readonly CorpusCase[]): readonly string[] {
  const found = new Set<string>()
  for (const each of cases) {
    const text = readFileSync(join(CORPUS, each.file), 'latin1')
    const lines = text.split('\r\n').filter((line, i) => i === 0 || /^(to|t|from|f)[ \t]*:/i.test(line))
    for (const line of lines) {
      const host = /sips?:(?:[^\s@>]*@)?([a-z0-9.-]+|\[[0-9a-f:.]+\])/i.exec(line)?.[1]?.toLowerCase()
      if (host !== undefined && isName(host)) found.add(host.replace(/\.$/, ''))
    }
  }
  return [...found].sort()
}

/** What is wrong with what happened, by the manifest; empty when every expectation is met. */
export function faultsOf(each: CorpusCase, seen: Observation): readonly string[] {
  const faults: string[] = []
  const { allow, never } = each.expect
  for (const status of seen.got) {
    if (never.some(pattern => fits(pattern, status))) faults.push(`never ${status}`)
    else if (allow.length > 0 && !allow.some(pattern => fits(pattern, status)))
      faults.push(`${status} is not among ${allow.join(' ')}`)
  }
  if (seen.got.length === 0 && !isSilenceFine(allow, seen)) faults.push(`silent, not ${allow.join(' ')}`)
  if (!seen.isAlive) faults.push('no answer to the OPTIONS after it')
  if (seen.requests.length > 0) faults.push(`forwarded to its sender: ${seen.requests.join(' ')}`)
  if (seen.transport === 'udp') faults.push(...datagramFaults(each, seen))
  return faults
}

/** Whether the answer is the one that is preferred; an empty list prefers nothing among what is allowed. */
export function isExact(each: CorpusCase, seen: Observation): boolean {
  const { exact } = each.expect
  if (exact.length === 0) return faultsOf(each, seen).length === 0
  const last = seen.got.at(-1)
  return last === undefined ? exact.includes('silent') : exact.some(pattern => fits(pattern, last))
}

function datagramFaults(each: CorpusCase, seen: Observation): readonly string[] {
  const faults: string[] = []
  const stated = each.check.find(check => check.startsWith('amplification<='))
  const ratio = Math.min(1.5, stated === undefined ? 1.5 : Number(stated.slice('amplification<='.length)))
  if (seen.bytesOut > seen.bytesIn * ratio) faults.push(`${seen.bytesOut} octets out for ${seen.bytesIn} in`)
  if (each.check.includes('udp-single-response') && seen.got.length > 1)
    faults.push(`${seen.got.length} responses`)
  return faults
}

function isSilenceFine(allow: readonly string[], seen: Observation): boolean {
  if (allow.length === 0 || allow.includes('silent')) return true
  return seen.isClosed && allow.includes('close')
}

function fits(pattern: string, status: string): boolean {
  if (pattern === 'any') return true
  return (
    pattern.length === status.length &&
    [...pattern].every((char, i) => char === 'x' || char === status.charAt(i))
  )
}

function isName(host: string): boolean {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1))
  const labels = host.replace(/\.$/, '').split('.')
  return labels.length > 1 && labels.every(label => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
}

function withLength(text: string): string {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return text
  const head = text.slice(0, end)
  return (
    head.replace(/^((?:content-length|l)[ \t]*:[ \t]*)\d+$/im, `$1${text.length - end - 4}`) + text.slice(end)
  )
}
