import { checkMessage } from '../../../src/sip/message/check.ts'
import { parseMessage } from '../../../src/sip/message/parse.ts'

/** What is wrong with a text, if it is no well-formed message, and whether the server would answer it. */
export function faultOf(
  text: string,
  isDatagram: boolean,
): { readonly refusal: string; readonly isAnswered: boolean } | undefined {
  const parsed = parseMessage(text, isDatagram)
  if (parsed.ok) {
    const refused = checkMessage(parsed.value)
    return refused && { refusal: refused.refusal, isAnswered: parsed.value.kind === 'request' }
  }
  const { refusal, partial } = parsed.error
  return { refusal, isAnswered: partial?.kind === 'request' }
}
