import type { ServerMachine } from './table.ts'

/**
 * INVITE server transaction: RFC 3261 §17.2.1 as RFC 6026 §8.5 to §8.8, figure 7, changed it. A transport error
 * never ends it, so that retransmissions of the INVITE are still absorbed (RFC 6026 §7.1). A CANCEL is only told
 * to the user, who answers the INVITE with 487 or cancels its branches (RFC 3261 §9.2, §16.10).
 */
export const inviteServer: ServerMachine = {
  start: ['proceeding', 'start 100'],
  table: {
    proceeding: {
      'timer 100': ['proceeding', 'send 100'],
      request: ['proceeding', 'send response'],
      CANCEL: ['proceeding', 'pass CANCEL up'],
      '1xx': ['proceeding', 'stop 100', 'send response'],
      '2xx': ['accepted', 'stop 100', 'start L', 'send response'],
      '300-699': ['completed', 'stop 100', 'start G', 'start H', 'send response'],
      'transport error': ['proceeding', 'report transport error'],
    },
    completed: {
      'timer G': ['completed', 'start G', 'send response'],
      'timer H': ['terminated', 'report timeout'],
      ACK: ['confirmed', 'stop G', 'stop H', 'start I'],
      request: ['completed', 'send response'],
      CANCEL: ['completed'],
      'transport error': ['completed', 'report transport error'],
    },
    confirmed: {
      'timer I': ['terminated'],
      ACK: ['confirmed'],
      request: ['confirmed'],
      CANCEL: ['confirmed'],
    },
    accepted: {
      'timer L': ['terminated'],
      ACK: ['accepted', 'pass ACK up'],
      request: ['accepted'],
      CANCEL: ['accepted'],
      '2xx': ['accepted', 'send response'],
      'transport error': ['accepted', 'report transport error'],
    },
  },
}
