import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { dialPrefixScan } from './dial-prefix-scan.ts'

const SCANNER = '198.51.100.7'
const PREFIXES = [
  '00',
  '900',
  '9900',
  '+',
  '011',
  '9011',
  '000',
  '7700',
  '8000',
  '5500',
  '1100',
  '2200',
  '3300',
]
const NUMBER = '441904911000'

const dials = (trace: Trace, ip: string, user: string, status = 407) =>
  trace.asks(ip, { uri: `sip:${user}@example.test` }, status)

tryDetector(dialPrefixScan, {
  alarm: [
    {
      name: 'G06: five prefixes before one number',
      subject: `source:${SCANNER}`,
      isSpoofable: true,
      trace: trace => {
        for (const prefix of PREFIXES.slice(0, 5)) dials(trace, SCANNER, prefix + NUMBER)
      },
    },
    {
      name: 'G06: one prefix in three hours, two numbers in turn, as it was seen in the wild',
      subject: `source:${SCANNER}`,
      trace: trace => {
        for (const prefix of PREFIXES.slice(0, 6))
          for (const number of [NUMBER, '972592345678']) {
            trace.atMs += 1.5 * 3_600_000
            dials(trace, SCANNER, prefix + number)
          }
      },
    },
    {
      name: 'G06: over TCP it is proved who scans',
      subject: `source:${SCANNER}`,
      isSpoofable: false,
      trace: trace => {
        for (const prefix of PREFIXES.slice(0, 5))
          trace.asks(SCANNER, { uri: `sip:${prefix}${NUMBER}@example.test` }, 407, '', 'tcp')
      },
    },
    {
      name: 'G06 evasion: each prefix from another source',
      subject: 'destination:904911000',
      trace: trace => {
        for (const [n, prefix] of PREFIXES.entries()) dials(trace, `198.51.100.${n}`, prefix + NUMBER)
      },
    },
    {
      name: 'G06: separators and escapes hide nothing',
      subject: `source:${SCANNER}`,
      trace: trace => {
        for (const spelt of ['00', '9.00', '9%2D900', '(011)', '9-011']) dials(trace, SCANNER, spelt + NUMBER)
      },
    },
  ],
  quiet: [
    {
      name: 'an office whose people dial one number in seven ways',
      trace: trace => {
        trace.logsIn('192.0.2.1', 'alice')
        for (const prefix of ['+44', '0044', '00044', '90044', '01144', '0', '9'])
          trace.asks('192.0.2.1', { uri: `sip:${prefix}1904911000@example.test` }, 407)
      },
    },
    {
      name: 'F25: a trunk that chooses routes by prefix',
      trace: trace => {
        for (const prefix of PREFIXES) dials(trace, TRUNK_IP, prefix + NUMBER, 200)
      },
    },
    {
      name: 'many numbers behind one prefix, and one number again and again',
      trace: trace => {
        for (let n = 0; n < 500; n += 1) {
          dials(trace, SCANNER, `0${2_079_460_000 + n * 37}`)
          dials(trace, SCANNER, '02079460123')
        }
      },
    },
    {
      name: 'extensions and names',
      trace: trace => {
        for (let n = 0; n < 100; n += 1) dials(trace, SCANNER, `${1000 + n}`)
      },
    },
    {
      name: 'a prefix a day',
      trace: trace => {
        for (const prefix of PREFIXES.slice(0, 6)) {
          dials(trace, SCANNER, prefix + NUMBER)
          trace.atMs += 25 * 3_600_000
        }
      },
    },
  ],
})
