import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { isDigits } from '../chars.ts'
import type { NameAddr } from '../headers/name-addr.ts'
import type { Uri } from '../uri/uri.ts'
import type { RegisterRefusal } from './register-refusal.ts'

/** One Contact value of a REGISTER, read and bounded. */
export interface RegisterContact {
  readonly uri: Uri
  /** Seconds asked for by the contact itself. */
  readonly expiresSeconds: number | undefined
  /** Thousandths. */
  readonly q: number
  readonly instance: string | undefined
  /** As given, 1 to 2^31-1; whether it counts is for RFC 5626 §6 to say. */
  readonly regId: number | undefined
  readonly hasRegId: boolean
  /** The other parameters, each after its `;`. */
  readonly params: string
}

/** Taken over when a number of seconds cannot be read (RFC 3261 §20.10). */
const MALFORMED_EXPIRES_SECONDS = 3600
const MAX_SECONDS = 0xffff_ffff
const MAX_INSTANCE_CHARS = 128
const MAX_REG_ID = 0x7fff_ffff

/** Parameters with a field of their own, and those that a client may not supply (RFC 5627 §5.1). */
const OWN_PARAMS = new Set(['expires', 'q', '+sip.instance', 'reg-id', 'pub-gruu', 'temp-gruu'])

/** Reads one Contact value; `*` is not one. @param contact undefined where none could be read */
export function readRegisterContact(contact: NameAddr | undefined): Result<RegisterContact, RegisterRefusal> {
  if (contact === undefined || contact.text.length > LIMITS.maxContactBytes)
    return failed('contact-malformed')
  const { uri, params } = contact
  const q = parseQ(params.get('q'))
  const instance = parseInstance(params.get('+sip.instance'))
  const regId = parseRegId(params.get('reg-id'))
  if (q === undefined || instance === undefined || regId === undefined) return failed('contact-malformed')
  return ok({
    uri,
    expiresSeconds: parseSeconds(params.get('expires')),
    q,
    instance: instance === '' ? undefined : instance,
    regId: regId === 0 ? undefined : regId,
    hasRegId: regId !== 0,
    params: otherParams(contact),
  })
}

/** Seconds of an `expires` parameter or an Expires field; what cannot be read counts as an hour. */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!isDigits(text)) return MALFORMED_EXPIRES_SECONDS
  return text.length > 10 ? MAX_SECONDS : Math.min(MAX_SECONDS, Number(text))
}

/** `qvalue` of RFC 3261 §25.1 in thousandths; a contact without one is as good as any (1). */
function parseQ(text: string | undefined): number | undefined {
  if (text === undefined) return 1000
  const whole = text.charAt(0)
  const fraction = text.slice(2)
  if ((whole !== '0' && whole !== '1') || text.length > 5) return undefined
  if (text.length > 1 && text.charAt(1) !== '.') return undefined
  if (fraction !== '' && !isDigits(fraction)) return undefined
  const thousandths = Number(whole) * 1000 + Number(fraction.padEnd(3, '0'))
  return thousandths <= 1000 ? thousandths : undefined
}

/** Writes thousandths as a `qvalue`. */
export function writeQ(thousandths: number): string {
  return String(thousandths / 1000)
}

/** The URN within quotes and angle brackets (RFC 5626 §4.1); '' when there is none. */
function parseInstance(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return ''
  let urn = text.startsWith('"') && text.endsWith('"') && text.length >= 2 ? text.slice(1, -1) : text
  if (urn.startsWith('<') && urn.endsWith('>')) urn = urn.slice(1, -1)
  return urn.length <= MAX_INSTANCE_CHARS && isUrnText(urn) ? urn : undefined
}

/** Visible ASCII that needs no escape in a quoted string and cannot close the brackets. */
function isUrnText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code >= 127 || '"<>\\'.includes(text.charAt(i))) return false
  }
  return true
}

/** 0 when there is none. */
function parseRegId(text: string | undefined): number | undefined {
  if (text === undefined) return 0
  if (!isDigits(text) || text.length > 10) return undefined
  const id = Number(text)
  return id >= 1 && id <= MAX_REG_ID ? id : undefined
}

function isOnlyExpires({ params }: NameAddr): boolean {
  return params.size === 1 && params.has('expires')
}

function otherParams(contact: NameAddr): string {
  if (contact.params.size === 0 || isOnlyExpires(contact)) return ''
  let out = ''
  for (const [name, value] of contact.params.entries()) {
    if (!OWN_PARAMS.has(name)) out += value === '' ? `;${name}` : `;${name}=${value}`
  }
  return out
}
