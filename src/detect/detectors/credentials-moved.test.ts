import { tryDetector } from '../../../test/support/trace.ts'
import { credentialsMoved } from './credentials-moved.ts'

const THIEF = '192.0.2.7'

tryDetector(credentialsMoved, {
  alarm: [
    {
      name: 'credentials of one call are used for another number (C07)',
      subject: 'account:alice@example.test',
      trace: trace =>
        trace.logsIn(THIEF, 'alice', 'uri-mismatch', {
          method: 'INVITE',
          uri: 'sip:0015005550006@example.test',
        }),
    },
  ],
  quiet: [
    {
      name: 'wrong passwords and old nonces are something else',
      trace: trace => {
        for (const why of ['wrong-credentials', 'nonce-expired', 'no-credentials'])
          trace.logsIn(THIEF, 'alice', why)
      },
    },
  ],
})
