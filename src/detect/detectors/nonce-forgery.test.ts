import { tryDetector } from '../../../test/support/trace.ts'
import { nonceForgery } from './nonce-forgery.ts'

const THIEF = '192.0.2.7'
const FORGED = { isNonceOurs: false }

tryDetector(nonceForgery, {
  alarm: [
    {
      name: 'a flood of guessed nonces from one source (C15)',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: trace => {
        for (let i = 0; i < 100; i += 1) trace.logsIn(THIEF, `user${i}`, 'nonce-altered', {}, FORGED)
      },
    },
    {
      name: 'evasion: from a thousand sources (C15)',
      subject: 'server:',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1)
          trace.logsIn(`198.18.${i >> 8}.${i & 255}`, `user${i}`, 'nonce-altered', {}, FORGED)
      },
    },
  ],
  quiet: [
    {
      name: 'after new keys each phone of an office brings one old nonce, and logs in (F23, F24)',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) {
          trace.logsIn(THIEF, `user${i}`, 'nonce-altered', {}, FORGED)
          trace.logsIn(THIEF, `user${i}`)
        }
      },
    },
    {
      name: 'a broken phone, once a minute',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          trace.logsIn(THIEF, 'old', 'nonce-altered', {}, FORGED)
          trace.wait(60_000)
        }
      },
    },
  ],
})
