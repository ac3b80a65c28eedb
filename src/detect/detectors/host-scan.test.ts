import { tryDetector } from '../../../test/support/trace.ts'
import { hostScan } from './host-scan.ts'

const SCANNER = '192.0.2.66'

tryDetector(hostScan, {
  alarm: [
    {
      name: 'three addresses asked by OPTIONS (G01)',
      subject: `source:${SCANNER}`,
      isSpoofable: true,
      trace: trace => {
        for (let i = 1; i <= 3; i += 1)
          trace.asks(SCANNER, { method: 'OPTIONS', uri: `sip:100@198.51.100.${i}` }, 401)
      },
    },
    {
      name: 'evasion: an hour between them, another name each (G01, G04)',
      subject: `source:${SCANNER}`,
      trace: trace => {
        for (let i = 1; i <= 3; i += 1) {
          const line = `User-Agent: Phone ${i}`
          trace.asks(SCANNER, { method: 'OPTIONS', uri: `sip:${i}@198.51.100.1`, lines: [line] }, 401)
          trace.wait(3_600_000)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'a monitor asks one target by every transport and port',
      trace: trace => {
        for (const uri of ['sip:a.test', 'sip:A.test:5060', 'sip:a.test;transport=tcp', 'sips:a.test:5061'])
          trace.asks('192.0.2.8', { method: 'OPTIONS', uri }, 200)
      },
    },
    {
      name: 'a monitor asks one target once a second',
      trace: trace => {
        for (let i = 0; i < 500; i += 1) {
          trace.asks('192.0.2.8', { method: 'OPTIONS', uri: 'sip:example.test' }, 200)
          trace.wait(1000)
        }
      },
    },
    {
      name: 'users ask one another what they can do',
      trace: trace => {
        trace.logsIn('192.0.2.9', 'alice')
        for (let i = 0; i < 30; i += 1)
          trace.request('192.0.2.9', { method: 'OPTIONS', uri: `sip:user${i}@example.test` })
      },
    },
  ],
})
