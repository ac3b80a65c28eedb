import { referToOf } from '../../mechanisms/refer/refer-to.ts'
import { type ReferredBy, referredByOf } from '../../mechanisms/refer/referred-by.ts'
import { replacesOf } from '../../mechanisms/refer/replaces.ts'
import { isOfRefer, judgeToken } from '../../mechanisms/refer/token.ts'
import { UsedTokens } from '../../mechanisms/refer/used-tokens.ts'
import { type Aib, openAibById } from '../../mechanisms/smime/aib.ts'
import type { UserAuthority } from '../../mechanisms/smime/verify.ts'
import { checkMessage } from '../../sip/message/check.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { aorOf } from '../../sip/uri/equals.ts'

/** What the token of a message proves, in lines for a person. */
export interface TokenReport {
  readonly isGood: boolean
  readonly lines: readonly string[]
}

const HOUR_SECONDS = 3600

/** What each fault means; one that is not here is said by its name. */
const WORDS: Readonly<Record<string, string>> = {
  'boundary-malformed': 'the multipart body never ends, or has no boundary',
  'certificate-expired': 'the certificate of the signer has expired',
  'certificate-not-yet-valid': 'the certificate of the signer is not valid yet',
  'certificate-untrusted': 'no authority that is trusted here vouches for the certificate of the signer',
  'content-changed': 'what was signed has been changed',
  'digest-weak': 'it is signed over SHA-1 or MD5',
  'not-an-aib': 'the signed part is no message/sipfrag with the disposition aib',
  'not-signed': 'the part is no multipart/signed',
  'signature-wrong': 'the signature is wrong',
  'signed-attributes-wrong': 'the signed attributes are missing, or stand for something else',
  'signer-certificate-wrong-usage': 'the certificate is not for signing mail or SIP',
  'token-for-another-referee': 'its To is not who sends the request',
  'token-for-another-target': 'its Refer-To names another target, method or dialog',
  'token-incomplete': 'Refer-To, Referred-By or Date is missing or stands twice',
  'token-not-there': 'no body part has the Content-ID that cid names',
  'token-of-another-refer':
    'it was signed by another than the referrer, or for another reference than this REFER',
  'token-of-another-referrer': 'its Referred-By is not the one of the message',
  'token-of-another-signer': 'the certificate is not the one of the referrer',
  'token-stale': 'its Date is more than an hour off',
}

/**
 * Says what the Referred-By token of a message proves.
 * @param text the message, latin-1, lines ended by CR LF
 */
export function explainToken(
  text: string,
  authorities: readonly UserAuthority[],
  nowMs: number,
): TokenReport {
  const { isGood, lines } = reportOf(text, authorities, nowMs)
  return { isGood, lines: lines.map(printable) }
}

/** What others wrote is shown on a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ')
}

function reportOf(text: string, authorities: readonly UserAuthority[], nowMs: number): TokenReport {
  const parsed = parseMessage(text, false)
  if (!parsed.ok || parsed.value.kind !== 'request' || checkMessage(parsed.value) !== undefined)
    return { isGood: false, lines: ['the file holds no SIP request that can be read'] }
  const request = parsed.value
  const referredBy = referredByOf(request)
  if (!referredBy.ok) return bad([], referredBy.error)
  if (referredBy.value === undefined) return bad([], 'the message has no Referred-By')
  const said = [`Referred-By names ${aorOf(referredBy.value.uri)}`]
  if (referredBy.value.contentId === undefined) return bad(said, 'it names no token: anybody can write that')
  const message = {
    body: request.body,
    contentType: request.header(H.contentType),
    contentId: request.named('Content-ID'),
  }
  const aib = openAibById(message, referredBy.value.contentId, authorities, nowMs)
  if (!aib.ok) return bad(said, aib.error)
  const { fragment, signers } = aib.value
  said.push(
    `signed by ${signers.flatMap(signer => signer.aors).join(', ') || 'nobody that may be vouched for'}`,
  )
  said.push(...fragment.fields.map(({ name, value }) => `it says ${name}: ${value}`))
  return judge(request, referredBy.value, aib.value, said, nowMs)
}

function judge(
  request: SipRequest,
  referredBy: ReferredBy,
  aib: Aib,
  said: readonly string[],
  nowMs: number,
): TokenReport {
  // A REFER asks for a request that is not here yet: signature, names and Date are all there is to say.
  if (request.method === 'REFER') {
    const referTo = referToOf(request)
    if (!referTo.ok) return bad(said, referTo.error)
    const token = { ...aib, signerAors: aib.signers.flatMap(signer => signer.aors) }
    if (!isOfRefer(token, referTo.value, referredBy)) return bad(said, 'token-of-another-refer')
    return {
      isGood: true,
      lines: [...said, 'good: the referrer signed this; the call itself is judged when it comes'],
    }
  }
  const replaces = replacesOf(request)
  if (!replaces.ok) return bad(said, replaces.error)
  const judged = judgeToken(
    { fragment: aib.fragment, signed: aib.signed, signerAors: aib.signers.flatMap(signer => signer.aors) },
    {
      method: request.method,
      target: request.uri,
      replaces: replaces.value,
      referredBy,
      callId: request.callId,
      fromTag: request.from.tag ?? '',
      refereeAors: [aorOf(request.from.uri)],
    },
    { maxAgeSeconds: HOUR_SECONDS, aorOf, isSameTarget: (a, b) => aorOf(a) === aorOf(b) },
    nowMs,
    new UsedTokens(2 * HOUR_SECONDS, 0),
  )
  if (!judged.ok) return bad(said, judged.error)
  return { isGood: true, lines: [...said, `good: ${judged.value} asked for this request`] }
}

function bad(said: readonly string[], fault: string): TokenReport {
  const words = WORDS[fault]
  return {
    isGood: false,
    lines: [...said, `refused: ${words === undefined ? fault : `${words} (${fault})`}`],
  }
}
