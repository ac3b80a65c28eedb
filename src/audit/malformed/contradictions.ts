import { field, plus, plusLast, without } from './edit.ts'
import { calls, queries, type Vector } from './vector.ts'

const OTHER = '<sip:somebody-else@audit.invalid>'

/**
 * Fields that contradict each other, so that two readers of one message see two messages: fields that may stand once
 * stand twice (RFC 3261 §7.3.1; RFC 4475 §3.3.8, §3.3.9), the CSeq names another method (§8.1.1.5), lengths do not fit.
 */
export const contradictions: readonly Vector[] = [
  ...queries({
    'a second To before the first': text => plus(text, `To: ${OTHER}`),
    'a second To behind the first': text => plusLast(text, `To: ${OTHER}`),
    'a second To by its short name': text => plusLast(text, `t: ${OTHER}`),
    'a second From before the first': text => plus(text, `From: ${OTHER};tag=1`),
    'a second From behind the first': text => plusLast(text, `f: ${OTHER};tag=1`),
    'a second Call-ID before the first': text => plus(text, 'Call-ID: another-one'),
    'a second Call-ID behind the first': text => plusLast(text, 'i: another-one'),
    'a second CSeq before the first': text => plus(text, 'CSeq: 77 REGISTER'),
    'a second CSeq behind the first': text => plusLast(text, 'CSeq: 77 INVITE'),
    'the CSeq of another method': text => field(text, 'CSeq', value => value.replace('REGISTER', 'OPTIONS')),
    'a second Max-Forwards': text => plus(text, 'Max-Forwards: 0'),
    'a second Content-Length': text => plusLast(text, 'Content-Length: 7'),
    'a body shorter than its Content-Length': text => field(text, 'Content-Length', () => '400'),
    'Contact: * that does not remove': text =>
      plusLast(without(text, 'Contact'), 'Contact: *\r\nExpires: 300'),
    'Contact: * and another one': text =>
      plusLast(without(text, 'Contact'), 'Contact: *\r\nContact: <sip:alice@audit.invalid>\r\nExpires: 0'),
  }),
  ...calls({
    'a call with a second From': text => plusLast(text, `From: ${OTHER};tag=1`),
    'a call with a second To': text => plusLast(text, `To: ${OTHER}`),
    'a call with a second Call-ID': text => plusLast(text, 'Call-ID: another-one'),
    'a call with the CSeq of another method': text =>
      field(text, 'CSeq', value => value.replace('INVITE', 'MESSAGE')),
    'a call with a second Content-Length': text => plusLast(text, 'l: 0'),
    'a call with a body shorter than its length': text => field(text, 'Content-Length', () => '4000'),
  }),
]
