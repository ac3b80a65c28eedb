import { ok, type Result } from '../../base/result.ts'
import { addPart } from '../../base/sip-hash.ts'
import { LOWER } from '../char-class.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { addRange, endOfBlanks, endOfDigits, endOfToken, endWithoutBlanks, octetsOf } from '../octets.ts'
import { endOfHost, hostOf, portOf } from '../uri/host.ts'
import { WordTable } from '../word-table.ts'
import { endOfHeaderParams, numberOfName, Params, paramCount, startOfValue, valueOfParam } from './params.ts'

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  readonly text: string
  /** Upper case: UDP, TCP, TLS, WS, WSS or whatever stands there. */
  readonly transport: string
  /** sent-by host, lower case, IPv6 without brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly branch: string | undefined
  readonly received: string | undefined
  /** '' when the parameter stands without value (RFC 3581 §3). */
  readonly rport: string | undefined
  readonly maddr: string | undefined
  readonly params: Params
  /** Adds the branch to the digest under way. */
  addBranch(): void
}

/** What was read of a Via; its parameters are taken apart when somebody asks. */
class ReadVia implements Via {
  readonly transport: string
  readonly host: string
  readonly port: number | undefined
  branch: string | undefined
  branchAt = -1
  received: string | undefined
  rport: string | undefined
  maddr: string | undefined
  readonly #source: string
  readonly #start: number
  readonly #end: number
  readonly #paramsAt: number
  #params: Params | undefined

  constructor(
    source: string,
    start: number,
    end: number,
    paramsAt: number,
    transport: string,
    host: string,
    port: number | undefined,
  ) {
    this.transport = transport
    this.host = host
    this.port = port
    this.branch = undefined
    this.received = undefined
    this.rport = undefined
    this.maddr = undefined
    this.#source = source
    this.#start = start
    this.#end = end
    this.#paramsAt = paramsAt
    this.#params = undefined
  }

  addBranch(): void {
    if (this.branchAt < 0) addPart(this.branch ?? '')
    else addRange(this.#source, this.branchAt, this.branchAt + (this.branch?.length ?? 0))
  }

  get text(): string {
    return this.#source.slice(this.#start, this.#end)
  }

  get params(): Params {
    this.#params ??= Params.at(this.#source, this.#paramsAt, this.#end, false)
    return this.#params
  }
}

const QUOTE = 34
const COMMA = 44
const SLASH = 47
const COLON = 58
const BARE_COOKIE = 'z9hg4bk'
const TRANSPORTS = ['', 'UDP', 'TCP', 'TLS', 'WS', 'WSS', 'SCTP']
const TRANSPORT_TABLE = new WordTable(TRANSPORTS, true)

/** Parses one Via value, a range without blanks around it; white space may stand around the slashes and the colon. */
export function parseVia(text: string, start = 0, end = text.length): Result<Via, Refusal> {
  const via = readVia(text, octetsOf(text), start, end, false)
  return via === undefined ? refuse('via-malformed') : ok(via)
}

/**
 * As `parseVia`.
 * @param isList whether a comma and other values may follow it
 * @returns undefined when it is malformed
 */
export function readVia(
  text: string,
  octets: Uint8Array,
  start: number,
  end: number,
  isList: boolean,
): Via | undefined {
  const transportAt = endOfVersion(octets, start, end)
  if (transportAt < 0) return undefined
  const transportEnd = endOfToken(octets, transportAt, end)
  const hostAt = endOfBlanks(octets, transportEnd, end)
  if (transportEnd === transportAt || hostAt === transportEnd) return undefined
  const hostEnd = endOfHost(octets, hostAt, end)
  if (hostEnd === hostAt) return undefined
  let paramsAt = endOfBlanks(octets, hostEnd, end)
  let port: number | undefined
  if (paramsAt < end && octets[paramsAt] === COLON) {
    const portAt = endOfBlanks(octets, paramsAt + 1, end)
    paramsAt = endOfDigits(octets, portAt, end)
    port = portOf(octets, portAt, paramsAt)
    if (port < 0) return undefined
  }
  const stop = endOfHeaderParams(octets, paramsAt, end)
  if (stop < 0 || (stop < end && !(isList && octets[stop] === COMMA))) return undefined
  const viaEnd = stop < end ? endWithoutBlanks(octets, start, stop) : end
  const transport = transportOf(text, octets, transportAt, transportEnd)
  const host = hostOf(text, octets, hostAt, hostEnd)
  const via = new ReadVia(text, start, viaEnd, paramsAt, transport, host, port)
  takeParams(via, text, octets)
  return via.branch !== undefined && isBareBranch(via.branch) ? undefined : via
}

const PARAMS = new WordTable(['', 'branch', 'received', 'rport', 'maddr'], true)

/** Of the parameters that were read last. */
function takeParams(via: ReadVia, text: string, octets: Uint8Array): void {
  for (let n = paramCount() - 1; n >= 0; n--) {
    switch (numberOfName(PARAMS, octets, n)) {
      case 1:
        via.branch = valueOfParam(text, n)
        // In quotes may stand what is no octet of its own.
        if (octets[startOfValue(n)] !== QUOTE) via.branchAt = startOfValue(n)
        break
      case 2:
        via.received = valueOfParam(text, n)
        break
      case 3:
        via.rport = valueOfParam(text, n)
        break
      case 4:
        via.maddr = valueOfParam(text, n)
        break
    }
  }
}

/** A branch must say something beyond the cookie (RFC 4475 §3.3.7 shows one that does not). */
function isBareBranch(branch: string): boolean {
  return branch === '' || (branch.length === BARE_COOKIE.length && branch.toLowerCase() === BARE_COOKIE)
}

/** Where the transport begins behind `SIP / 2.0 /`, or -1. */
function endOfVersion(octets: Uint8Array, start: number, end: number): number {
  // As nearly all write it: no blanks, in capitals.
  if (octets[start + 7] === SLASH && isUsualVersion(octets, start) && start + 8 <= end)
    return endOfBlanks(octets, start + 8, end)
  if (!isWord(octets, start, end, 'sip')) return -1
  const version = afterSlash(octets, start + 3, end)
  return version >= 0 && isWord(octets, version, end, '2.0') ? afterSlash(octets, version + 3, end) : -1
}

function isUsualVersion(octets: Uint8Array, at: number): boolean {
  return (
    octets[at] === 83 &&
    octets[at + 1] === 73 &&
    octets[at + 2] === 80 &&
    octets[at + 3] === SLASH &&
    octets[at + 4] === 50 &&
    octets[at + 5] === 46 &&
    octets[at + 6] === 48
  )
}

function isWord(octets: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false
  for (let i = 0; i < word.length; i++) if (LOWER[octets[at + i] ?? 0] !== word.charCodeAt(i)) return false
  return true
}

function afterSlash(octets: Uint8Array, at: number, end: number): number {
  const slash = endOfBlanks(octets, at, end)
  return slash < end && octets[slash] === SLASH ? endOfBlanks(octets, slash + 1, end) : -1
}

function transportOf(text: string, octets: Uint8Array, start: number, end: number): string {
  const known = TRANSPORT_TABLE.find(octets, start, end)
  return known === 0 ? text.slice(start, end).toUpperCase() : (TRANSPORTS[known] ?? '')
}
