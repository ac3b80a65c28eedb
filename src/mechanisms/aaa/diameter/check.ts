import { AVPS, type AvpName } from './avp-dictionary.ts'
import { type Command, commandNamed, commandOf, ERROR_ANSWER, GROUPS, type Rules } from './commands.ts'
import { type Avp, type DiameterMessage, exampleAvp } from './decode.ts'
import type { DiameterFault, Malformed } from './fault.ts'
import { RESULT } from './result-codes.ts'

/**
 * Checks a message against the grammar of its command, groups too.
 * @returns undefined when it is good
 * @see RFC 6733 §3.2, §7.1.5, RFC 4740 §8
 */
export function checkMessage(message: DiameterMessage): Malformed | undefined {
  const name = commandNamed(message.code)
  if (name === undefined) return malformed('command-unsupported', RESULT.commandUnsupported)
  const command = commandOf(name)
  if (message.applicationId !== command.applicationId)
    return malformed('application-wrong', RESULT.applicationUnsupported)
  if (message.isRequest && message.isProxiable !== command.isProxiable)
    return malformed('header-bits', RESULT.invalidHeaderBits)
  return checkAvps(message.avps, rulesFor(message, command)) ?? checkApplication(message, command)
}

function rulesFor(message: DiameterMessage, { request, answer }: Command): Rules {
  if (message.isRequest) return request
  // Agents answer failures with what they have, and do not always say so by the E bit: it admits nobody.
  const hasFailed = message.isError || (numberOf(message.avps, 'Result-Code') ?? 0) >= 3000
  return hasFailed ? ERROR_ANSWER : answer
}

/** RFC 6733 §3: the header and the AVP name the same application. */
function checkApplication({ avps, isError }: DiameterMessage, command: Command): Malformed | undefined {
  if (command.applicationId === 0 || isError) return undefined
  const avp = firstOf(avps, 'Auth-Application-Id')
  if (avp === undefined || avp.data.readUInt32BE(0) === command.applicationId) return undefined
  return malformed('application-wrong', RESULT.invalidAvpValue, avp.whole)
}

function checkAvps(avps: readonly Avp[], rules: Rules): Malformed | undefined {
  const counts = new Map<AvpName, number>()
  for (const [at, avp] of avps.entries()) {
    const { name } = avp
    if (name === undefined) continue
    if (name === rules.first && at > 0 && !counts.has(name))
      return malformed('avp-not-first', RESULT.avpNotAllowed, avp.whole)
    const count = (counts.get(name) ?? 0) + 1
    if (count > most(name, rules)) return malformed('avp-too-often', RESULT.avpOccursTooManyTimes, avp.whole)
    counts.set(name, count)
    const inner = GROUPS[name]
    const wrong = inner === undefined ? undefined : checkAvps(avp.group, inner)
    if (wrong !== undefined) return wrong
  }
  for (const name of [rules.first, ...rules.one, ...(rules.oneOrMore ?? [])]) {
    if (name !== undefined && !counts.has(name))
      return malformed('avp-missing', RESULT.missingAvp, exampleAvp(name))
  }
  return undefined
}

/** An AVP that the rules do not name stands under `* [ AVP ]`. */
function most(name: AvpName, rules: Rules): number {
  const isOne = name === rules.first || rules.one.includes(name) || rules.optional?.includes(name) === true
  return isOne ? 1 : Number.POSITIVE_INFINITY
}

/** The first AVP of a name. */
export function firstOf(avps: readonly Avp[], name: AvpName): Avp | undefined {
  const { code } = AVPS[name]
  return avps.find(avp => avp.code === code && avp.vendorId === 0)
}

/** Every AVP of a name. */
export function allOf(avps: readonly Avp[], name: AvpName): readonly Avp[] {
  return avps.filter(avp => avp.name === name)
}

/** Text of an AVP as latin-1, one character an octet. */
export function textOf(avps: readonly Avp[], name: AvpName): string | undefined {
  return firstOf(avps, name)?.data.toString('latin1')
}

/** Number of an AVP of four octets. */
export function numberOf(avps: readonly Avp[], name: AvpName): number | undefined {
  const data = firstOf(avps, name)?.data
  return data?.length === 4 ? data.readUInt32BE(0) : undefined
}

/** Names of hosts and realms do not know the case of letters (RFC 6733 §5.6.4). */
export function identityOf(avps: readonly Avp[], name: AvpName): string | undefined {
  return textOf(avps, name)?.toLowerCase()
}

function malformed(fault: DiameterFault, resultCode: number, failedAvp?: Buffer): Malformed {
  return { fault, resultCode, failedAvp }
}
