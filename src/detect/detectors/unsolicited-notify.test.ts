import { TRUNK_IP, tryDetector } from '../../../test/support/trace.ts'
import { unsolicitedNotify } from './unsolicited-notify.ts'

const THIEF = '192.0.2.7'

tryDetector(unsolicitedNotify, {
  alarm: [
    {
      name: 'an order to fetch the configuration (E08)',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: trace => trace.request(THIEF, { method: 'NOTIFY', lines: ['Event: check-sync;reboot=true'] }),
    },
    {
      name: 'evasion: in the compact form and capitals (E08)',
      subject: `source:${THIEF}`,
      trace: trace => trace.request(THIEF, { method: 'NOTIFY', lines: ['o: Check-Sync'] }),
    },
    {
      name: 'forged lamps for waiting messages (E08)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (const user of ['alice', 'bob', 'carol'])
          trace.request(THIEF, {
            method: 'NOTIFY',
            uri: `sip:${user}@example.test`,
            lines: ['Event: message-summary'],
          })
      },
    },
  ],
  quiet: [
    {
      name: 'phones that keep their way through NAT open',
      trace: trace => {
        for (let i = 0; i < 100; i += 1)
          trace.request(THIEF, {
            method: 'NOTIFY',
            uri: `sip:user${i}@example.test`,
            lines: ['Event: keep-alive'],
          })
      },
    },
    {
      name: 'the voicemail server of a neighbour',
      trace: trace => {
        for (let i = 0; i < 100; i += 1)
          trace.request(TRUNK_IP, {
            method: 'NOTIFY',
            uri: `sip:user${i}@example.test`,
            lines: ['Event: message-summary'],
          })
      },
    },
    {
      name: 'NOTIFY of a subscription',
      trace: trace => {
        for (let i = 0; i < 10; i += 1)
          trace.request(THIEF, {
            method: 'NOTIFY',
            uri: `sip:user${i}@example.test`,
            toTag: 't',
            lines: ['Event: dialog'],
          })
      },
    },
  ],
})
