import { attack } from '../attack.ts'
import { longHeaders } from '../malformed/long.ts'
import { spoiledRequests } from '../spoiled.ts'

/** A header of a mebibyte over TCP, to be kept until it ends. */
export const endlessHeader = attack({
  id: 'endless-header',
  entry: 'P04',
  title: 'sends a header of one mebibyte over a connection',
  threats: ['malformed-messages', 'many-connections'],
  clause: '§3.1, malformed messages; §3.1, TCP',
  references: ['RFC 3261 §18.3', 'RFC 3261 §21.5.7'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account', 'tcp'],
  expected: 'The connection is closed, or the request answered 4xx or 513, before the header was kept.',
  mending: {
    aspis: 'On by default: all fields end at 64 KiB, then the connection closes; nothing turns it off.',
    kamailio: 'Leave `tcp_rd_buf_size` small (4096 to 65536): longer messages close the connection.',
    opensips: 'Leave `tcp_max_msg_chunks` of proto_tcp small, and refuse by `$ml` at the head of the route.',
    asterisk: 'Messages end at PJSIP_MAX_PKT_LEN of its build; leave it at its default.',
  },
  run: trial => spoiledRequests(trial, 'requests with a header of a mebibyte', longHeaders, 'TCP'),
})
