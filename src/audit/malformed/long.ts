import { field, plus, plusLast, startLine } from './edit.ts'
import { queries, type Vector } from './vector.ts'

/** Fits a datagram, and is longer than what any phone says in one field. */
const LONG = 50_000
const MANY_FIELDS = 10_000
const MANY_VIAS = 1_500
const MEBI = 1 << 20

/** A line, URI or branch beyond any in use (RFC 3261 §21.4.12, §21.5.7), in a datagram. */
export const longLines: readonly Vector[] = queries({
  'a field of 50,000 octets': text => plusLast(text, `Subject: ${'x'.repeat(LONG)}`),
  'a Request-URI of 50,000 octets': text =>
    startLine(text, line => line.replace(' SIP/2.0', `;x=${'x'.repeat(LONG)} SIP/2.0`)),
  'a branch of 50,000 octets': text =>
    field(text, 'Via', value => value.replace(';rport', `${'x'.repeat(LONG)};rport`)),
  'a display name of 50,000 octets': text => field(text, 'From', value => `"${'x'.repeat(LONG)}" ${value}`),
  'a Call-ID of 50,000 octets': text => field(text, 'Call-ID', () => 'x'.repeat(LONG)),
  'a field name of 50,000 octets': text => plusLast(text, `${'x'.repeat(LONG)}: x`),
})

/** A header without end, on a connection: a mebibyte of it. */
export const longHeaders: readonly Vector[] = queries({
  'a field of one mebibyte': text => plusLast(text, `Subject: ${'x'.repeat(MEBI)}`),
  'a header of one mebibyte': text =>
    plusLast(text, `X-Much: ${'x'.repeat(1_014)}\r\n`.repeat(1_024).trimEnd()),
  'a start line of one mebibyte': text =>
    startLine(text, line => line.replace(' SIP/2.0', `;x=${'x'.repeat(MEBI)} SIP/2.0`)),
})

/** More fields than any honest way of a message makes. */
export const manyFields: readonly Vector[] = queries({
  '10,000 fields': text => plusLast(text, 'X:1\r\n'.repeat(MANY_FIELDS).trimEnd()),
  '1,500 Via fields': text =>
    plusLast(text, 'v:SIP/2.0/UDP h;branch=z9hG4bKx\r\n'.repeat(MANY_VIAS).trimEnd()),
  '1,500 Via values in one field': text =>
    plusLast(text, `v:${'SIP/2.0/UDP h;branch=z9hG4bKx,'.repeat(MANY_VIAS).slice(0, -1)}`),
  '1,500 Route fields': text => plus(text, 'Route:<sip:127.0.0.1:9;lr>\r\n'.repeat(MANY_VIAS).trimEnd()),
  '10,000 option tags': text => plusLast(text, `Supported: ${'a,'.repeat(MANY_FIELDS)}a`),
})
