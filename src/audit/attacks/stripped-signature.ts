import { writeSigned } from '../../mechanisms/smime/multipart-signed.ts'
import { signDetached } from '../../mechanisms/smime/sign.ts'
import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { signingIdentity } from '../signing-identity.ts'

const TEXT = 'Content-Type: text/plain\r\n\r\npay 100 to the account that I named\r\n'

/** Signed bodies on their way: whether what arrives is what was signed, octet for octet. */
export const strippedSignature = attack({
  id: 'stripped-signature',
  entry: 'H06',
  title: 'gets texts to a callee whose signatures were taken off or broken on the way',
  threats: ['headers-cannot-be-covered', 'text-messages-are-easily-forged'],
  clause: '§3.3, S/MIME',
  references: ['RFC 3261 §23.3', 'RFC 8551 §3.5.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A signed body arrives octet for octet as it was sent, or is refused.',
  mending: {
    aspis: 'On by default: a proxy edits no body.',
    kamailio:
      'Leave `multipart/signed` and `application/pkcs7-mime` alone in `set_body()`, `remove_body_part()` and sdpops.',
    opensips:
      'Leave `multipart/signed` and `application/pkcs7-mime` alone in `remove_body_part()` and `add_body_part()`.',
    asterisk:
      'It takes `text/plain` in MESSAGE and makes calls of its own: sign end to end past it, not through it.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const identity = signingIdentity(alice.aor)
    const plain = { method: 'MESSAGE', uri: bob.aor, contact: false } as const
    const honest = await reach(alice, bob, { ...plain, contentType: 'text/plain', body: 'hello' })
    if (honest.request === undefined)
      return trial.inconclusive(`a text without a signature did not arrive: ${answered(honest.answer)}`)
    const bodies = [
      writeSigned(TEXT, identity, Date.now()),
      {
        contentType: 'application/pkcs7-mime;smime-type=signed-data;name=smime.p7m',
        body: signDetached(Buffer.from(TEXT), identity, Date.now()).toString('latin1'),
      },
    ]
    const changed: string[] = []
    const kept: string[] = []
    for (const { contentType, body } of bodies) {
      const name = contentType.split(';', 1)[0] ?? ''
      const { answer, request } = await reach(alice, bob, { ...plain, contentType, body })
      if (request === undefined) kept.push(`${name} was refused with ${answered(answer)}`)
      else if (request.body === body && request.header('Content-Type').startsWith(name))
        kept.push(`${name} arrived as it was, ${body.length} octets`)
      else
        changed.push(
          `${name} of ${body.length} octets arrived as ${request.header('Content-Type')} of ${request.body.length}`,
        )
    }
    const counts = { tried: bodies.length, changed: changed.length }
    if (changed.length > 0) return trial.succeeded(changed.join('; '), counts)
    return trial.resisted(kept.join('; '), counts)
  },
})
