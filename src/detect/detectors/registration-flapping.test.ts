import { tryDetector } from '../../../test/support/trace.ts'
import { registrationFlapping } from './registration-flapping.ts'

const ACCOUNT = 'account:alice@example.test'

tryDetector(registrationFlapping, {
  alarm: [
    {
      name: 'new address after new address (E09)',
      subject: ACCOUNT,
      trace: trace => {
        for (let i = 0; i < 30; i += 1) {
          trace.logsIn(`192.0.2.${i}`, 'alice')
          trace.wait(10_000)
        }
      },
    },
    {
      name: 'registered and unregistered without end (E10)',
      subject: ACCOUNT,
      trace: trace => {
        for (let i = 0; i < 30; i += 1) {
          trace.logsIn('192.0.2.7', 'alice')
          trace.logsIn('192.0.2.7', 'alice', '', { lines: ['Expires: 0'] })
          trace.wait(1000)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'a phone on a train',
      trace: trace => {
        for (let i = 0; i < 60; i += 1) {
          trace.logsIn(`198.51.100.${i}`, 'alice')
          trace.wait(180_000)
        }
      },
    },
    {
      name: 'two phones that refresh in turn',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          trace.logsIn(i % 2 === 0 ? '198.51.100.4' : '203.0.113.8', 'alice')
          trace.wait(5000)
        }
      },
    },
    {
      name: 'a thousand phones behind one address, each registers (F24)',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) trace.logsIn('198.51.100.4', `user${i}`)
      },
    },
  ],
})
