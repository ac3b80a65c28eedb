import { type RequestOf, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { insideUrls } from './inside-urls.ts'

const THIEF = '203.0.113.7'
const sends =
  (ip: string, urls: readonly string[]) =>
  (trace: Trace): void => {
    for (const url of urls) {
      const parts: RequestOf = { lines: [`Alert-Info: <${url}>;appearance=1`] }
      trace.asks(ip, parts, 407)
    }
  }

tryDetector(insideUrls, {
  alarm: [
    {
      name: 'loopback, a private network and the secrets of a cloud (B06)',
      subject: `source:${THIEF}`,
      trace: sends(THIEF, [
        'http://127.0.0.1/admin',
        'http://10.0.0.8:8080/',
        'http://169.254.169.254/latest/',
      ]),
    },
    {
      name: 'evasion: a user part, IPv6 and a file (B06)',
      subject: `source:${THIEF}`,
      trace: sends(THIEF, ['https://example.test@127.0.0.1/', 'http://[::1]/x', 'FILE:///etc/passwd']),
    },
    {
      name: 'evasion: behind one that is harmless, in the same field and in a second one (B06)',
      subject: `source:${THIEF}`,
      trace: trace => {
        const lines = [
          'Alert-Info: <http://tones.example/1>, <http://127.0.0.1/admin>',
          'Alert-Info: <http://10.0.0.8/>, <http://169.254.169.254/latest/>',
        ]
        trace.asks(THIEF, { lines }, 407)
      },
    },
  ],
  quiet: [
    {
      name: 'a ring tone that an exchange names by loopback, again and again',
      trace: sends(
        THIEF,
        Array.from({ length: 30 }, () => 'http://127.0.0.1/Bellcore-dr2'),
      ),
    },
    {
      name: 'tones on the open Internet',
      trace: sends(THIEF, [
        'http://tones.example.test/1',
        'http://tones.example.test/2',
        'https://8.8.8.8/3',
        'x',
      ]),
    },
  ],
})
