import { plusLast, startLine } from './edit.ts'
import { calls, queries, type Vector } from './vector.ts'

const HIDDEN = 'P-Asserted-Identity: <sip:somebody-else@audit.invalid>'

/**
 * RFC 3261 §25.1 knows CR and LF in a field only as CRLF and a blank, and NUL only behind a backslash: whoever reads
 * them as line ends sees a field more, or a header that ends before.
 */
export const hiddenLines: readonly Vector[] = [
  ...queries({
    'a bare LF in a field': text => plusLast(text, `Subject: x\n${HIDDEN}`),
    'a bare CR in a field': text => plusLast(text, `Subject: x\r${HIDDEN}`),
    'bare LFs for all line ends': text => text.replaceAll('\r\n', '\n'),
  }),
  ...calls({
    'a call with a bare LF in a field': text => plusLast(text, `Subject: x\n${HIDDEN}`),
    'a call with a bare CR in a field': text => plusLast(text, `Subject: x\r${HIDDEN}`),
    'a call with LF CR in a field': text => plusLast(text, `Subject: x\n\r${HIDDEN}`),
    'a call with an empty line of bare LFs': text => plusLast(text, `Subject: x\n\n${HIDDEN}`),
    'a call with NUL in a field': text => plusLast(text, `Subject: x\0${HIDDEN}`),
    'a call with NUL in its Request-URI': text => startLine(text, line => line.replace('@', '\0@')),
    'a call with a bare LF in its Request-URI': text => startLine(text, line => line.replace('@', '\n@')),
  }),
]
